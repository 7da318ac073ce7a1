"""Exports: the samples of a dataset, benchmark or mixture folder in the formats that training and batch tools read."""
