"""The shape of every input on groups: one serializer per act, used by console forms and the API alike."""
