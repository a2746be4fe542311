"""Derives everything the demo region needs from its OpenStreetMap extract: basemap, addresses, streets, zones."""
