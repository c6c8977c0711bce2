#include "auditor/workload/text_source.h"

#include "auditor/workload/charlm_training.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {

TextData make_text_data(const Seeding& seeding, const Options& options) {
  const uint64_t seed = seeding.derive("text");
  detaudit_rng_stream("text", &seed, sizeof seed);
  const TextData data =
      split_text(options.data ? read_text(*options.data) : write_text(seed, kWrittenTextBytes));
  const size_t windows = window_count(data.train.size());
  if (options.batch > windows)
    throw reports::usage_error("DET901",
                               "--batch " + std::to_string(options.batch) +
                                   " is larger than the text of " + std::to_string(windows) +
                                   " windows",
                               "give --batch " + std::to_string(windows) + " or less");
  return data;
}

}  // namespace detaudit::workload
