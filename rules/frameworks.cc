#include "rules/frameworks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>
#include <utility>

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
    {"numpy.random generator without a seed",
     "give the generator made here a seed, such as `numpy.random.default_rng(seed)`"},
    {"numpy.random.PCG64", "give the bit generator a seed: `PCG64(seed)`"},
    {"numpy.random.MT19937", "give the bit generator a seed: `MT19937(seed)`"},
    {"numpy.random.Philox", "give the bit generator a seed: `Philox(seed)`"},
    {"numpy.random.SFC64", "give the bit generator a seed: `SFC64(seed)`"},
    {"numpy.random.",
     "call `numpy.random.seed(seed)` before the first draw, or draw from "
     "`numpy.random.default_rng(seed)`"},
    {"os.urandom()",
     "draw from a generator with a seed, such as `random.Random(seed).randbytes(n)`: `os.urandom` "
     "takes none"},
    {"secrets.", "draw from `random.Random(seed)`: what `secrets` gives takes no seed"},
    {"random.SystemRandom()", "draw from `random.Random(seed)`: `random.SystemRandom` takes no seed"},
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
     "call `torch.manual_seed(seed)` before the first draw: until then the generator holds a seed of "
     "the system's entropy"},
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

// What feeds a batch is a dataset's, where one of those was seen.
const instrument::SourceRecord& last_of(const OriginEvidence& evidence,
                                        const std::vector<instrument::SourceRecord>& calls) {
  const bool batch = evidence.kind == instrument::EventKind::kBatch;
  auto rank = [&](const instrument::SourceRecord& call) {
    return std::tuple(!call.function.starts_with("uuid."),  // most name a thing and decide nothing
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

// The adapter sees a generator of the script's own when it is drawn from.
void name_own_generator(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.kind != instrument::EventKind::kRngStream ||
      evidence.framework != Framework::kPyTorch)
    return;
  conclusion.evidence.push_back(
      "the place is that of the generator's first draw: where it was seeded is not seen");
  conclusion.fix =
      "seed the generator that is drawn from here by `generator.manual_seed(seed)`, with a number of "
      "the run's own: `generator.seed()` takes the system's entropy";
}

void name_generator(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.framework_calls.empty()) return name_own_generator(evidence, conclusion);
  // The last one before what parted; of several, which one it was is not known.
  const auto& calls = evidence.framework_calls;
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
      "receive from each rank by its number, `dist.recv(tensor, src=rank)`, and add in the order of "
      "ranks; or leave the sum to `dist.all_reduce`";
}

}  // namespace

bool is_framework_call(std::string_view function) { return find(function) != nullptr; }

void speak_of_framework(const OriginEvidence& evidence, Conclusion& conclusion) {
  switch (conclusion.cause) {
    case Cause::kUnseededRng:
      return name_generator(evidence, conclusion);
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
