"""Plays the demo region: drivers, shops and a modest dispatcher, each an outside client of the public API.

Nothing in this package imports Django or any app of the product: what it can do, any integration can.
"""
