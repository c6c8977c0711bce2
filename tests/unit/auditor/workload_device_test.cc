#include <gmock/gmock.h>

#include <set>

#include "auditor/workload/operations.h"
#include "tests/unit/instrument/run_subject.h"

namespace detaudit::workload {
namespace {

using instrument::EventKind;
using instrument::NamedEvent;
using instrument::WholeTrace;

// One run of the workload whose GPU is emulated.
WholeTrace trace_of(std::vector<std::string> arguments, const std::string& device) {
  instrument::TraceFolder folder;
  instrument::Control control;
  control.trace_directory = folder.path().string();
  arguments.insert(arguments.begin(), WORKLOAD_ON_EMULATED_GPU);
  arguments.insert(arguments.end(), {"--device", device, "--threads", "2"});
  const int status = instrument::run_subject(
      arguments, {{instrument::kControlVariable, instrument::encode(control)}});
  EXPECT_EQ(status, 0);
  return instrument::read_trace(folder.path());
}

std::string name_of(const NamedEvent& event) {
  return event.op + " [" + event.key + "] in step " + std::to_string(event.step);
}

// Same events in the same order, and every digest of every operation's inputs and outputs.
void expect_equal(const WholeTrace& cpu, const WholeTrace& cuda) {
  ASSERT_EQ(cpu.events.size(), cuda.events.size());
  for (size_t i = 0; i < cpu.events.size(); ++i) {
    const NamedEvent &a = cpu.events[i], &b = cuda.events[i];
    ASSERT_EQ(a.identity, b.identity) << name_of(a) << ", " << name_of(b);
    ASSERT_EQ(a.inputs, b.inputs) << "inputs of " << name_of(a);
    ASSERT_EQ(a.outputs, b.outputs) << "outputs of " << name_of(a);
  }
  EXPECT_FALSE(cpu.events.empty());
}

std::set<std::string> operations_of(const WholeTrace& trace) {
  std::set<std::string> names;
  for (const NamedEvent& event : trace.events)
    if (event.kind == EventKind::kOperation) names.insert(event.op);
  return names;
}

// Small data, so that judging the model on the emulator takes no time.
void write_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
               unsigned char count) {
  constexpr unsigned char kSide = 12;
  std::string pixels = {0, 0, 8, 3,     0, 0, 0, static_cast<char>(count),
                        0, 0, 0, kSide, 0, 0, 0, kSide};
  std::string classes = {0, 0, 8, 1, 0, 0, 0, static_cast<char>(count)};
  for (unsigned i = 0; i < count; ++i) {
    classes += static_cast<char>(i % 10);
    for (unsigned p = 0; p < kSide * kSide; ++p)
      pixels += static_cast<char>(p * (i + 3) * 37 % 251);
  }
  instrument::write_bytes(images, pixels);
  instrument::write_bytes(labels, classes);
}

class EmulatedDevice : public testing::TestWithParam<std::string> {
 protected:
  EmulatedDevice() {
    write_idx(data_.file("train-images-idx3-ubyte"), data_.file("train-labels-idx1-ubyte"), 50);
    write_idx(data_.file("t10k-images-idx3-ubyte"), data_.file("t10k-labels-idx1-ubyte"), 10);
    std::string text;
    for (unsigned i = 0; text.size() < 6000; ++i)
      text += "a line of number " + std::to_string(i * i) + "\n";
    instrument::write_bytes(data_.file("text"), text);
  }
  std::vector<std::string> arguments(const std::string& kernels) const {
    const std::string data = GetParam() == "charlm" ? data_.file("text") : data_.path().string();
    return {"--workload", GetParam(), "--kernels", kernels,  "--steps",
            "3",          "--batch",  "4",         "--data", data};
  }
  instrument::TraceFolder data_;
};

TEST_P(EmulatedDevice, DeterministicTrainingHasTheCpusDigests) {
  const WholeTrace cpu = trace_of(arguments("deterministic"), "cpu");
  const WholeTrace cuda = trace_of(arguments("deterministic"), "cuda");
  expect_equal(cpu, cuda);
  Options options;
  options.model = GetParam() == "charlm" ? Model::kCharlm : Model::kConvnet;
  for (const Operation& operation : all_operations(options.model)) {
    if (!is_used(operation, options) || operation.name == "draw_images") continue;
    EXPECT_TRUE(operations_of(cuda).contains(std::string(operation.name))) << operation.name;
  }
}

TEST_P(EmulatedDevice, InferenceHasTheCpusDigests) {
  std::vector<std::string> infer = arguments("deterministic");
  infer.insert(infer.end(), {"--mode", "infer"});
  expect_equal(trace_of(infer, "cpu"), trace_of(infer, "cuda"));
}

// The comparison can fail: atomic kernels add up in another order.
TEST_P(EmulatedDevice, AtomicTrainingHasOthers) {
  const WholeTrace cpu = trace_of(arguments("deterministic"), "cpu");
  const WholeTrace cuda = trace_of(arguments("atomic"), "cuda");
  ASSERT_EQ(cpu.events.size(), cuda.events.size());
  size_t differing = 0;
  for (size_t i = 0; i < cpu.events.size(); ++i)
    differing += cpu.events[i].outputs != cuda.events[i].outputs;
  EXPECT_GT(differing, cpu.events.size() / 10);
}

INSTANTIATE_TEST_SUITE_P(Models, EmulatedDevice, testing::Values("convnet", "charlm"),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace detaudit::workload
