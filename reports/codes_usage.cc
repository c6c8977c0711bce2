#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kUsageCodes[] = {
    {"DET901", "command-line", Severity::kError,
     "The command line cannot be understood: an unknown command, option or value, or options "
     "that exclude each other. Nothing was run and nothing was written (exit 2).",
     "A misspelt option that was ignored would give a verdict about something that was not "
     "asked.",
     "$ detaudit run --step 20\n"
     "error[DET901]: unknown option `--step`",
     "The help line of the error names what was likely meant; `detaudit COMMAND --help` lists "
     "what there is. What belongs to the program under audit comes after `--`."},
    {"DET902", "data-file", Severity::kError,
     "A data file that was named cannot be used: it is missing, unreadable, truncated or not "
     "of the expected format (exit 2).",
     "Training on half a file would run and mean nothing; so it is checked before anything "
     "runs.",
     "$ detaudit run --data mnist/\n"
     "error[DET902]: `mnist/train-images-idx3-ubyte` ends after 1024 of 47040016 bytes",
     "Fetch the file again, or unpack it: IDX files are read uncompressed. Without `--data` "
     "the built-in workload draws its own."},
    {"DET903", "database", Severity::kError,
     "The audit database cannot be used: it is not a database of detaudit, damaged, locked, "
     "written by a newer version, or its folder does not exist; or the audit asked for is not "
     "in it.",
     "Audits are evidence: a file that is not understood is never changed or written over.",
     "$ detaudit list --db notes.txt\n"
     "error[DET903]: `notes.txt` is not a database of detaudit",
     "Name another file with `--db`, or create the missing folder. `detaudit list` shows what "
     "a database holds; a newer detaudit reads the files of an older one."},
    {"DET904", "trace", Severity::kError,
     "A recorded trace cannot be used: the folder holds none, it is not a trace, or it was "
     "written by a newer version.",
     "A trace that is only cut short is still read up to its last whole record and marked "
     "lossy; this error is for those of which nothing can be trusted.",
     "$ detaudit diff build/ other/\n"
     "error[DET904]: `build/` holds no trace",
     "Name the folder of a run (it holds files ending in .dtrace) or an audit's id. Record "
     "again if the files were damaged; traces of a newer version need that version."},
    {"DET905", "not-started", Severity::kError,
     "The program under audit could not be started: it does not exist, is not executable, is "
     "a folder, or its interpreter is missing. Nothing was recorded (exit 2).",
     "Nothing can be said about a program that never ran.",
     "$ detaudit run -- ./train.py\n"
     "error[DET905]: `./train.py` is not executable",
     "Give the path as the shell would need it; make scripts executable (chmod +x) or name "
     "the interpreter: `detaudit run -- python3 train.py`."},
    {"DET906", "cannot-write", Severity::kError,
     "A file could not be written: the disk is full, the folder is read-only, or permission "
     "is missing.",
     "A half-written report or database would be worse than none; what was stored before is "
     "whole.",
     "$ detaudit report --format html -o /full/report.html\n"
     "error[DET906]: cannot write `/full/report.html`: no space left on device",
     "Free space, or name another place (`--db FILE`, `--report FILE`, `-o FILE`). Traces "
     "take most of the space; they lie beside the database, one folder for each audit."},
    {"DET907", "subject-failed", Severity::kError,
     "The program under audit failed: it ended with an unexpected exit code, by a signal, or "
     "did not finish in time. The audit is inconclusive (exit 3); every event recorded before "
     "is kept.",
     "What a run would have done after its failure is not known, so `reproducible` cannot be "
     "claimed.",
     "$ detaudit run --timeout 60 -- ./train\n"
     "error[DET907]: 2 of 2 runs of the subject failed, first run 1: SIGSEGV",
     "The tail of the program's output is in the notes. Repair the program, raise "
     "`--timeout`, or name the exit code that is expected with `--expect-exit`."},
    {"DET908", "inconclusive", Severity::kWarning,
     "Nothing diverged, but something was lost, unseen or not aligned that could hide a "
     "divergence, so nothing is certified (exit 3).",
     "A verdict is never better than its evidence.",
     "$ detaudit run -- ./train\n"
     "warning[DET908]: run 1's trace lost 312 events",
     "The reasons are listed with the verdict. A lossy trace: free disk space and audit "
     "again. Lanes without a partner: name lanes and keys so that they do not depend on "
     "threads or times."},
    {"DET909", "interrupted", Severity::kError,
     "The audit was interrupted (Ctrl-C or a signal). The program under audit was ended; what "
     "had been recorded is kept.",
     "Of runs that agreed as far as they went nothing is claimed. Runs that had parted by then "
     "are divergent all the same; which factor decides it may not have been found yet.",
     "$ detaudit run\n"
     "^C\n"
     "error[DET909]: interrupted in run 2 of 3",
     "Run the command again. `detaudit list` shows the interrupted audit, and its traces stay "
     "in its folder."},
    {"DET910", "faulty-suppression", Severity::kError,
     "A comment that begins with `detaudit: allow` allows nothing: it gives no reason, names no "
     "code of a scan, or is not of the form `detaudit: allow(CODE) reason`.",
     "A hazard that is allowed without a reason cannot be judged by whoever reads it next.",
     "atomicAdd(out, value);  // detaudit: allow(DET201)",
     "Write why it is fine after the parenthesis: `// detaudit: allow(DET201) one thread adds`. In "
     "Python the comment begins with #. It is for its own line, or standing alone for the next."},
    {"DET911", "unused-suppression", Severity::kNote,
     "A comment allows a code on a line where a scan finds nothing of it.",
     "It would hide the next hazard that somebody writes there.",
     "total += value;  // detaudit: allow(DET201) one thread adds",
     "Remove it, or move it to the line of the finding, or to the one above."},
    {"DET999", "internal-fault", Severity::kError,
     "detaudit itself is at fault: something that must always hold did not (exit 4).",
     "Nothing that this command printed may be relied on. What earlier audits stored is not "
     "touched.",
     "$ detaudit report\n"
     "error[DET999]: internal fault: an origin has no place in the timeline",
     "Please report it with the command, the message and the output of `detaudit env`."},
};

}  // namespace

std::span<const Code> usage_codes() { return kUsageCodes; }

}  // namespace detaudit::reports
