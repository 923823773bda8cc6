"""What root may do beyond its files, given up."""

from tests.confinement.processes import run_code

_DAC_OVERRIDE_AND_READ_SEARCH = 0b110

CODE = """
import json, subprocess
from leaderboard.confinement import drop_capabilities
dropped = drop_capabilities()
def held(status):
    return {line.split(":")[0]: int(line.split()[1], 16) for line in status.splitlines() if line.startswith("Cap")}
started = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
print(json.dumps([dropped, held(open("/proc/self/status").read()), held(started)]))
"""


def test_a_process_keeps_no_privilege_but_over_files_and_neither_does_what_it_starts() -> None:
    dropped, own, started = run_code(CODE)

    assert dropped
    for held in (own, started):
        assert (held["CapEff"] | held["CapPrm"]) & ~_DAC_OVERRIDE_AND_READ_SEARCH == 0
