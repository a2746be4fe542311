"""The live picture: one hub per event loop reads each tenant's numbered stream once, for all its open consoles.

`consumers.py` lets people in, `hub` keeps the rooms, `room` is one tenant, `viewer` one socket, `feed` reads the
database, `frames` makes the frames, `rights` says who may stay.
"""
