"""A/B: the candidate beside the baseline, and the baseline beside itself, on twins of one snapshot under the same events.

Pure: outcomes and differences in, one document out (`twinstage:ab:1`). What differs between two replays with the baseline's code is noise, a field at a time.
"""
