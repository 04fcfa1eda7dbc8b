"""Record runs into a file and run from it again, without a network: turns for applications, HTTP for providers."""

from geppetto.recording.cassette import Cassette, Level
from geppetto.recording.engine import RecordingEngine, ReplayEngine
from geppetto.recording.http import RecordingTransport, ReplayTransport, case_of
from geppetto.recording.keys import ReplayCredentials, SeenCredentials

__all__ = [
    "Cassette",
    "Level",
    "RecordingEngine",
    "RecordingTransport",
    "ReplayCredentials",
    "ReplayEngine",
    "ReplayTransport",
    "SeenCredentials",
    "case_of",
]
