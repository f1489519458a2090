"""What a load did to a target: histograms, the recorder, and results that merge exactly, in any split and order.

All sums are whole numbers (microseconds, millionths of a unit). Imports the model only.
"""
