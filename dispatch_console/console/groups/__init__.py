"""The pages that waybills, trips, routes and sessions share; `kinds` says what each kind must tell about itself."""
