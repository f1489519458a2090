"""What a load's result says: the bottleneck by operational laws, the knee and the run that confirms it, changes, the quotas that would bind, thresholds.

Everything is pure and pure Python: it runs in Lambda. Reads `stress.result` only.
"""

from twinstage.stress.analysis.confirm import confirmed
from twinstage.stress.analysis.criterion import Holding, holds
from twinstage.stress.analysis.diagnose import diagnose
from twinstage.stress.analysis.diagnosis import Bottleneck, Confirmation, Diagnosis, diagnosis_of
from twinstage.stress.analysis.estimate import Estimate
from twinstage.stress.analysis.thresholds import Judged, judge

__all__ = [
    "Bottleneck",
    "Confirmation",
    "Diagnosis",
    "Estimate",
    "Holding",
    "Judged",
    "confirmed",
    "diagnose",
    "diagnosis_of",
    "holds",
    "judge",
]
