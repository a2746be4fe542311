"""Tests of the house itself: rules, import law, licences, templates."""
