#include "auditor/workload/options.h"

#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>
#include <thread>

#include "auditor/workload/device.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

namespace po = boost::program_options;

constexpr uint64_t kMostSteps = 100'000'000;
constexpr uint64_t kMostBatch = 65'536;
constexpr uint64_t kMostThreads = 1024;

struct ModelDefaults {
  Model model;
  const char* name;
  uint64_t steps;
  uint64_t batch;
};
constexpr ModelDefaults kModels[] = {{Model::kConvnet, "convnet", 110, 32},
                                     {Model::kCharlm, "charlm", 56, 8}};

reports::DiagnosticError wrong(std::string message, std::string help) {
  return reports::usage_error("DET901", std::move(message), std::move(help));
}

po::options_description describe_options() {
  po::options_description description("options");
  auto add = description.add_options();
  add("workload", po::value<std::string>()->default_value("convnet"), "convnet or charlm");
  add("steps", po::value<std::string>(), "batches to train or infer on");
  add("batch", po::value<std::string>(), "samples in a batch");
  add("seed", po::value<std::string>()->default_value("1"), "reaches every generator");
  add("data", po::value<std::string>(),
      "convnet: folder of MNIST-format IDX files; charlm: a text file (default: built-in data)");
  add("mode", po::value<std::string>()->default_value("train"), "train or infer");
  add("device", po::value<std::string>()->default_value("cpu"),
      "cpu; cuda; or auto: a GPU if one answers");
  add("kernels", po::value<std::string>()->default_value("atomic"), "atomic or deterministic");
  add("threads", po::value<std::string>(), "threads that compute (default: all processors)");
  add("reshuffle-each-epoch", po::value<std::string>()->default_value("yes"),
      "yes, or no to keep the first epoch's order");
  add("update", po::value<std::string>()->default_value("synchronous"),
      "synchronous, or hogwild: threads update the convnet's hidden layer without order");
  add("hazard", po::value<std::string>(), "bugs to plant: NAME[,NAME...]");
  add("list-ops", "print the operations of the workload and exit");
  add("list-hazards", "print the bugs that can be planted and exit");
  add("check", "check options and data, run nothing");
  add("help", "print this and exit");
  return description;
}

po::variables_map read_command_line(int argc, const char* const* argv) {
  po::variables_map values;
  try {
    po::command_line_parser parser(argc, argv);
    int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(parser.options(describe_options())
                  .positional(po::positional_options_description())
                  .style(style)
                  .run(),
              values);
  } catch (const po::error& error) {
    throw wrong(error.what(), "`detaudit-workload --help` lists the options");
  }
  return values;
}

// One of `names`, in the order of the enum it stands for.
template <typename Enum, size_t n>
Enum choice(const po::variables_map& values, const char* option, const char* const (&names)[n]) {
  const std::string given = values[option].as<std::string>();
  std::string all;
  for (size_t i = 0; i < n; ++i) {
    if (given == names[i]) return static_cast<Enum>(i);
    all += (i ? " or `" : "`") + std::string(names[i]) + "`";
  }
  throw wrong("unknown value `" + given + "` of --" + option, "use " + all);
}

uint64_t number(const po::variables_map& values, const char* option, uint64_t fallback,
                uint64_t least, uint64_t most) {
  if (!values.count(option)) return fallback;
  const std::string given = values[option].as<std::string>();
  uint64_t value = 0;
  auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  bool whole = error == std::errc() && end == given.data() + given.size();
  if (!whole || value < least || value > most)
    throw wrong(
        "--" + std::string(option) + " cannot be `" + given + "`",
        "give a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

const ModelDefaults& model_defaults(const std::string& name) {
  for (const ModelDefaults& model : kModels)
    if (name == model.name) return model;
  throw wrong("unknown workload `" + name + "`", "use `convnet` or `charlm`");
}

HazardSet hazard_set(const std::string& list) {
  HazardSet set;
  std::stringstream stream(list);
  std::string name;
  bool any = false;
  while (std::getline(stream, name, ',')) {
    const HazardInfo* info = find_hazard(name);
    if (!info)
      throw wrong("unknown hazard `" + name + "`", "`detaudit-workload --list-hazards` lists them");
    set.add(info->hazard);
    any = true;
  }
  if (!any) throw wrong("--hazard names nothing", "`detaudit-workload --list-hazards` lists them");
  return set;
}

Task task_of(const po::variables_map& values) {
  if (values.count("help")) return Task::kHelp;
  if (values.count("list-hazards")) return Task::kListHazards;
  if (values.count("list-ops")) return Task::kListOps;
  if (values.count("check")) return Task::kCheck;
  return Task::kRun;
}

// What only one of the workloads has cannot be asked of the other.
void check_model_has(const Options& options) {
  if (options.model == Model::kConvnet) return;
  for (Hazard hazard : {Hazard::kUnseededAugmentation, Hazard::kTimeSeed, Hazard::kRacyLoader,
                        Hazard::kRacyUpdate, Hazard::kUninitializedBuffer}) {
    if (!options.hazards.has(hazard)) continue;
    for (const HazardInfo& info : hazards())
      if (info.hazard == hazard)
        throw wrong("hazard `" + std::string(info.name) + "` has no place in workload `charlm`",
                    "use --workload convnet, or one of unseeded-dropout, unseeded-shuffle, "
                    "hash-order");
  }
  if (options.update == Update::kHogwild)
    throw wrong("--update hogwild has no place in workload `charlm`", "use --workload convnet");
}

// What has no CUDA version.
void check_device_has(const Options& options) {
  if (options.device == Device::kCpu) return;
  if (options.update == Update::kHogwild || options.hazards.has(Hazard::kRacyUpdate))
    throw wrong("operation `hogwild_update` has no CUDA version",
                "use --device cpu, or leave out --update hogwild and hazard racy-update");
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  const po::variables_map values = read_command_line(argc, argv);
  const ModelDefaults& model = model_defaults(values["workload"].as<std::string>());
  const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
  Options options;
  options.task = task_of(values);
  options.model = model.model;
  options.mode = choice<Mode>(values, "mode", {"train", "infer"});
  options.kernels = choice<kernels::Variant>(values, "kernels", {"atomic", "deterministic"});
  options.steps = number(values, "steps", model.steps, 1, kMostSteps);
  options.batch = number(values, "batch", model.batch, 1, kMostBatch);
  options.seed = number(values, "seed", 1, 0, UINT64_MAX);
  options.threads = static_cast<unsigned>(number(values, "threads", processors, 1, kMostThreads));
  options.shuffling = choice<int>(values, "reshuffle-each-epoch", {"yes", "no"})
                          ? Shuffling::kOnce
                          : Shuffling::kEachEpoch;
  options.update = choice<Update>(values, "update", {"synchronous", "hogwild"});
  if (values.count("data")) options.data = values["data"].as<std::string>();
  if (values.count("hazard")) options.hazards = hazard_set(values["hazard"].as<std::string>());
  check_model_has(options);
  options.device = choose_device(choice<DeviceChoice>(values, "device", {"cpu", "cuda", "auto"}));
  check_device_has(options);
  return options;
}

std::string help_text() {
  std::ostringstream text;
  text << "detaudit-workload: a training run to audit\n\n" << describe_options();
  return text.str();
}

const char* model_name(Model model) {
  for (const ModelDefaults& defaults : kModels)
    if (defaults.model == model) return defaults.name;
  return "";
}

}  // namespace detaudit::workload
