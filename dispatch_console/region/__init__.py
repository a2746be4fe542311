"""The demo region: a real place from OpenStreetMap, its loader, and a simulation that plays its day."""
