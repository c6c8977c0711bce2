#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kEvidenceCodes[] = {
    {"DET110", "unknown", Severity::kError,
     "An operation wrote different bytes on equal inputs, and the evidence does not decide "
     "why.",
     "The operation is an origin of the divergence: that is proven. A cause that is not "
     "proven is not named, because a wrong one costs more than none.",
     "launch(kernel, in, out);   // in equal in both runs, out not, and no held factor "
     "explains it",
     "Ask for more evidence: `detaudit run --replay 8` executes the operation again on the "
     "same inputs, more `--runs` show how often it varies, `--perturb all` frees every "
     "factor. If the operation has inputs that are not declared to the probe (a global, a "
     "workspace, a cached plan), declare them: an undeclared input looks exactly like this."},
    {"DET111", "event-missing", Severity::kError,
     "An event is in only one of two complete runs: the runs did not execute the same "
     "operations.",
     "The program took another path. Often something before it decided so: a loop that ends "
     "on a threshold, work split by time, a queue that was empty in one run.",
     "while (loss > 0.1) step();   // one run needs 41 steps, the other 42",
     "Look first at the findings before it; a divergence that changes the number of steps is "
     "theirs. If there is none, look at what decides whether the operation runs: time, thread "
     "count, a random draw. Keys given to operations must not depend on addresses, threads or "
     "times, or the same event has another identity in each run."},
    {"DET112", "entered-unseen", Severity::kError,
     "An operation's inputs differ although every recorded operation before it agreed: the "
     "divergence entered between recorded operations, through memory that something "
     "unrecorded changed.",
     "The origin lies in code that the probes did not see. What is known is where it came "
     "into view and that it came in after the last operation that agreed.",
     "detaudit_op_end(conv);\n"
     "clip_in_place(gradient);      // not declared to the probe, and it varies\n"
     "detaudit_op_begin(\"sgd\", \"w\");  // its input differs: the divergence is first seen "
     "here",
     "Declare what runs between the two operations named in the evidence (detaudit_op_begin, "
     "input, output, end), and audit again: the origin moves to the operation that is "
     "responsible."},
    {"DET113", "output-differs", Severity::kError,
     "An output of the program (stdout or a file) differs between runs, and no recorded "
     "operation parted before it.",
     "Either nothing was recorded, so that outputs are all that can be compared, or what "
     "differs is computed or formatted outside the recorded operations. Times, dates, paths "
     "and process ids in an output do this.",
     "printf(\"done in %.2f s\\n"
     "\", seconds);   // other bytes in every run",
     "The evidence gives the first byte range that differs. Print times and ids to stderr, "
     "which is not judged, or leave them out; sort what is written from a set or a hash map. "
     "To see operations, link the probe: `#include <detaudit/probe.h>`."},
    {"DET119", "exit-status", Severity::kError,
     "Runs of the program ended differently: with another exit code, or by a signal in one run "
     "and not in another.",
     "How a program ends is its most visible output. A test or a job that passes in one run "
     "and fails in the next says nothing about the change it was run for.",
     "if (loss > kLimit) return 1;   // and the loss depends on a clock, a race or a free draw",
     "The evidence has each end, and whether control arms found the factor that decides it. "
     "Findings before this one are often its cause: start there. A crash in some runs is a bug "
     "of its own: -fsanitize=address,undefined or thread, and the tail of its output."},
};

}  // namespace

std::span<const Code> evidence_codes() { return kEvidenceCodes; }

}  // namespace detaudit::reports
