#include "rules/frameworks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>
#include <utility>

#include "rules/rule.h"

namespace detaudit::rules {
namespace {

// What an adapter says it saw, by the beginning of its text, and what to write instead.
struct FrameworkCall {
  std::string_view begins;
  std::string_view fix;
};
constexpr FrameworkCall kCalls[] = {
    {"numpy.random.default_rng()",
     "give it a seed: `numpy.random.default_rng(seed)`; `numpy.random.seed` does not reach it"},
    {"numpy.random.RandomState()",
     "give it a seed: `numpy.random.RandomState(seed)`; `numpy.random.seed` does not reach it"},
    {"numpy.random.SeedSequence()", "give it entropy of the run's own: `SeedSequence(seed)`"},
    {"numpy.random.seed()", "give it a seed: `numpy.random.seed(seed)`"},
    {"numpy.random generator of a library",
     "give what makes a generator of its own here a seed (`rng=seed`, `random_state=seed`, "
     "`seed=seed`): `numpy.random.seed` does not reach it"},
    {"numpy.random generator without a seed",
     "give the generator made here a seed, such as `numpy.random.default_rng(seed)`"},
    {"numpy.random.PCG64", "give the bit generator a seed: `PCG64(seed)`"},
    {"numpy.random.MT19937", "give the bit generator a seed: `MT19937(seed)`"},
    {"numpy.random.Philox", "give the bit generator a seed: `Philox(seed)`"},
    {"numpy.random.SFC64", "give the bit generator a seed: `SFC64(seed)`"},
    {"numpy.random.mtrand._rand",
     "give what draws here a seed of its own (`random_state=seed`), or call "
     "`numpy.random.seed(seed)` before it"},
    {"numpy.random.",
     "call `numpy.random.seed(seed)` before the first draw, or draw from "
     "`numpy.random.default_rng(seed)`"},
    {"os.urandom()",
     "draw from a generator with a seed, such as `random.Random(seed).randbytes(n)`: `os.urandom` "
     "takes none"},
    {"secrets.", "draw from `random.Random(seed)`: what `secrets` gives takes no seed"},
    {"random.SystemRandom()",
     "draw from `random.Random(seed)`: `random.SystemRandom` takes no seed"},
    {"uuid.uuid",
     "make the identifier of the run's own numbers, such as "
     "`uuid.UUID(int=random.Random(seed).getrandbits(128))`, or of a name: `uuid.uuid5`"},
    {"random.Random()", "give it a seed: `random.Random(seed)`; `random.seed` does not reach it"},
    {"random.seed()", "give it a seed: `random.seed(seed)`"},
    {"random.",
     "call `random.seed(seed)` before the first draw, or draw from `random.Random(seed)`"},
    {"torch.seed()",
     "seed by `torch.manual_seed(seed)`: `torch.seed()` takes the system's entropy"},
    {"torch.default_generator unseeded",
     "call `torch.manual_seed(seed)` before the first draw: until then the generator holds a seed "
     "of the system's entropy"},
    {"tf.data.Dataset.shuffle()",
     "give it a seed: `shuffle(buffer_size, seed=seed, reshuffle_each_iteration=False)`, or call "
     "`keras.utils.set_random_seed(seed)` (`tf.random.set_seed(seed)` without Keras) before it"},
    {"tf.random.Generator.from_non_deterministic_state()",
     "make it by `tf.random.Generator.from_seed(seed)`"},
    {"tf.",
     "call `tf.random.set_seed(seed)` (with Keras: `keras.utils.set_random_seed(seed)`) before it, "
     "or give it a seed of its own: `seed=seed`"},
    {"keras.",
     "call `keras.utils.set_random_seed(seed)` before the first layer is made "
     "(`tf.random.set_seed` does not reach it), or give this one a seed: `seed=seed`"},
    {"jax.random.", "make the key of a number of the run's own: `jax.random.key(seed)`"},
    {"time.", "take the time once, as an input of the run, or keep it out of what is computed"},
};

// What is to be written where a generator is given its seed, by the name of its stream.
constexpr FrameworkCall kSeedings[] = {
    {"random.seed", "random.seed(seed)"},
    {"random.Random", "random.Random(seed)"},
    {"numpy.random.seed", "numpy.random.seed(seed)"},
    {"numpy.random.default_rng", "numpy.random.default_rng(seed)"},
    {"numpy.random generator", "numpy.random.default_rng(seed)"},
    {"numpy.random.RandomState", "numpy.random.RandomState(seed)"},
    {"numpy.random.SeedSequence", "numpy.random.SeedSequence(seed)"},
    {"numpy.random.PCG64DXSM", "numpy.random.PCG64DXSM(seed)"},
    {"numpy.random.PCG64", "numpy.random.PCG64(seed)"},
    {"numpy.random.MT19937", "numpy.random.MT19937(seed)"},
    {"numpy.random.Philox", "numpy.random.Philox(seed)"},
    {"numpy.random.SFC64", "numpy.random.SFC64(seed)"},
    {"torch.default_generator", "torch.manual_seed(seed)"},
    {"torch.Generator", "generator.manual_seed(seed)"},
    {"tf.random.set_seed", "tf.random.set_seed(seed)"},
    {"keras.utils.set_random_seed", "keras.utils.set_random_seed(seed)"},
    {"jax.random.key", "jax.random.key(seed)"},
    {"jax.random.PRNGKey", "jax.random.PRNGKey(seed)"},
};

const FrameworkCall* find(std::string_view function) {
  const auto found = std::find_if(std::begin(kCalls), std::end(kCalls), [&](const auto& call) {
    return function.starts_with(call.begins);
  });
  return found == std::end(kCalls) ? nullptr : found;
}

// "train.py:12"
void place(const std::string& site, Conclusion& conclusion) {
  const size_t colon = site.rfind(':');
  uint32_t line = 0;
  if (colon == std::string::npos) return;
  const char* end = site.data() + site.size();
  if (std::from_chars(site.data() + colon + 1, end, line).ptr != end || line == 0) return;
  conclusion.file = site.substr(0, colon);
  conclusion.line = line;
}

using Calls = std::vector<instrument::SourceRecord>;

// What feeds a batch is a dataset's, where one of those was seen.
const instrument::SourceRecord& last_of(const OriginEvidence& evidence, const Calls& calls) {
  const bool batch = evidence.kind == instrument::EventKind::kBatch;
  auto rank = [&](const instrument::SourceRecord& call) {
    return std::tuple(!call.function.starts_with("uuid."),  // most name a thing and decide nothing
                      !call.function.starts_with("numpy.random generator of a library"),
                      batch && call.function.starts_with("tf.data."), call.order);
  };
  // Several may have come before the first event: of those the last one told. At one place, what
  // was told later happened on behalf of what was told first.
  auto last = calls.begin();
  for (auto call = calls.begin(); call != calls.end(); ++call)
    if (rank(*call) >= rank(*last) && call->site != last->site) last = call;
  return *last;
}

void name_order(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.unordered_calls.empty()) return;
  const auto& call = last_of(evidence, evidence.unordered_calls);
  place(call.site, conclusion);
  conclusion.fix = fmt::format(
      "`{}` hands elements over as they are ready: say `deterministic=True` (or leave it out; "
      "`num_parallel_calls` may stay), or `options.deterministic = True`",
      call.function);
}

Calls calls_of(const OriginEvidence& evidence, instrument::SourceKind kind) {
  Calls calls;
  std::copy_if(evidence.framework_calls.begin(), evidence.framework_calls.end(),
               std::back_inserter(calls), [&](const auto& call) { return call.kind == kind; });
  return calls;
}

// What the generator was given for a seed, as far as it is known.
std::string given(const OriginEvidence& evidence, Cause cause) {
  if (cause == Cause::kHashOrder)
    return "a hash, another one in each process while PYTHONHASHSEED is not fixed";
  if (cause == Cause::kTimeDependence) {
    const Calls reads = calls_of(evidence, instrument::SourceKind::kClock);
    if (reads.empty()) return "the time";
    const auto& last = last_of(evidence, reads);
    return fmt::format("the time, which `{}` reads at {}", last.function, last.site);
  }
  if (proven_by(evidence, Factor::kProcessId)) return "the process id";
  if (proven_by(evidence, Factor::kAddresses)) return "an address, such as `id(...)`";
  return "the system's entropy";
}

// A seed was given, and is another one in each run: what is to be written at that line. True when
// that is known.
bool name_seeding(const OriginEvidence& evidence, Conclusion& conclusion) {
  const auto seeding =
      std::find_if(std::begin(kSeedings), std::end(kSeedings),
                   [&](const auto& each) { return each.begins == evidence.stream; });
  if (evidence.kind != instrument::EventKind::kRngStream || seeding == std::end(kSeedings))
    return false;
  // The adapter sees a generator of the script's own when it is drawn from.
  const bool drawn = evidence.stream == "torch.Generator";
  if (drawn) {
    conclusion.evidence.push_back(
        "the place is that of the generator's first draw: where it was seeded is not seen");
  }
  conclusion.fix = fmt::format(
      "write `{}` {}, with a number of the run's own (a constant, an argument): the seed given is "
      "{}",
      seeding->fix, drawn ? "where the generator that is drawn from here is seeded" : "here",
      given(evidence, conclusion.cause));
  return true;
}

// The place is that of the only reading; of several, none is known to be the one.
void name_clock(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (name_seeding(evidence, conclusion) || evidence.kind != instrument::EventKind::kOutput) return;
  const Calls reads = calls_of(evidence, instrument::SourceKind::kClock);
  if (reads.empty()) return;
  const auto& last = last_of(evidence, reads);
  if (reads.size() == 1) return place(last.site, conclusion);
  conclusion.evidence.push_back(
      fmt::format("the program asked for the time at {} places by then, last by `{}` at {}",
                  reads.size(), last.function, last.site));
}

void name_generator(const OriginEvidence& evidence, Conclusion& conclusion) {
  const Calls calls = calls_of(evidence, instrument::SourceKind::kEntropy);
  const bool other =
      proven_by(evidence, Factor::kProcessId) || proven_by(evidence, Factor::kAddresses);
  if (calls.empty() || (other && !proven_by(evidence, Factor::kEntropy))) {
    name_seeding(evidence, conclusion);
    return;
  }
  // The last one before what parted; of several, which one it was is not known.
  const auto& last = last_of(evidence, calls);
  const FrameworkCall* call = find(last.function);
  if (!call) return;
  place(last.site, conclusion);
  conclusion.fix = call->fix;
  if (calls.size() > 1) {
    conclusion.evidence.push_back(
        fmt::format("{} generators had no seed by then; the fix speaks of the one at {}",
                    calls.size(), last.site));
  }
}

// Ops that have a deterministic variant take it when asked to.
void name_switch(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.framework == Framework::kTensorFlow) {
    conclusion.fix =
        "call `tf.config.experimental.enable_op_determinism()`: the op then takes its "
        "deterministic variant, or says that it has none; else " +
        conclusion.fix;
  }
  if (evidence.framework != Framework::kPyTorch) return;
  conclusion.fix =
      "call `torch.use_deterministic_algorithms(True)`: the op then takes its deterministic "
      "variant, "
      "or says that it has none; else " +
      conclusion.fix;
}

void name_receive(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.framework != Framework::kPyTorch) return;
  conclusion.fix =
      "receive from each rank by its number, `dist.recv(tensor, src=rank)`, and add in the order "
      "of ranks; or leave the sum to `dist.all_reduce`";
}

}  // namespace

bool is_framework_call(std::string_view function) { return find(function) != nullptr; }

void speak_of_framework(const OriginEvidence& evidence, Conclusion& conclusion) {
  switch (conclusion.cause) {
    case Cause::kUnseededRng:
      return name_generator(evidence, conclusion);
    case Cause::kTimeDependence:
      return name_clock(evidence, conclusion);
    case Cause::kHashOrder:
      name_seeding(evidence, conclusion);
      return;
    case Cause::kDataOrder:
      return name_order(evidence, conclusion);
    case Cause::kThreadScheduling:
    case Cause::kFloatAtomics:
      return name_switch(evidence, conclusion);
    case Cause::kCollectiveOrder:
      return name_receive(evidence, conclusion);
    default:
      return;
  }
}

}  // namespace detaudit::rules
