"""Data of the suites: readers of the plain format, of the data sets' own files, and makers of planted facts.

`evals.datasets.load.load` is the door. A reader gives items and the files to ingest; it must not know programs,
metrics or models.
"""
