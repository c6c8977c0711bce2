#pragma once

#include <cstdio>
#include <set>
#include <string>

#include "auditor/workload/charlm_training.h"
#include "auditor/workload/convnet_training.h"
#include "auditor/workload/image_source.h"
#include "auditor/workload/text_source.h"

namespace detaudit::workload {

// What a whole run in this process printed, scored and executed.
struct RunRecord {
  std::string text;
  ConvnetTraining::Score score;
  CharlmTraining::Result result;
  std::set<std::string, std::less<>> operations;
};

inline std::string contents(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

inline RunRecord run_convnet(const Options& options) {
  Executor executor(options.threads);
  Arena arena(executor);
  const Seeding seeding(options.seed);
  Context context{executor, arena, seeding, options.kernels, options.hazards};
  const ImageData data = draw_image_data(context);
  std::FILE* out = std::tmpfile();
  RunRecord record;
  {
    ConvnetTraining training(context, options, data, out);
    training.run();
    record.score = training.score();
  }
  record.text = contents(out);
  record.operations = executor.seen();
  return record;
}

inline RunRecord run_charlm(const Options& options) {
  const Seeding seeding(options.seed);
  TextData data = make_text_data(seeding, options);
  Executor executor(options.threads);
  Arena arena(executor);
  Context context{executor, arena, seeding, options.kernels, options.hazards};
  std::FILE* out = std::tmpfile();
  RunRecord record;
  {
    CharlmTraining training(context, options, data, out);
    training.run();
    record.result = training.result();
  }
  record.text = contents(out);
  record.operations = executor.seen();
  return record;
}

inline Options make_options(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "detaudit-workload");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace detaudit::workload
