#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "auditor/workload/options.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

using testing::HasSubstr;

Options parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "detaudit-workload");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

struct Refusal {
  std::vector<const char*> arguments;
  const char* message;
  const char* help;
};

class RefusedOptions : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedOptions, AreNamedWithTheWayOut) {
  try {
    parse(GetParam().arguments);
    FAIL() << "accepted";
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
    EXPECT_EQ(error.diagnostic().code, "DET901");
    EXPECT_THAT(error.diagnostic().message, HasSubstr(GetParam().message));
    ASSERT_EQ(error.diagnostic().helps.size(), 1u);
    EXPECT_THAT(error.diagnostic().helps[0], HasSubstr(GetParam().help));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Workload, RefusedOptions,
    testing::Values(
        Refusal{{"--workload", "resnet"}, "`resnet`", "`convnet` or `charlm`"},
        Refusal{{"--steps", "0"}, "--steps cannot be `0`", "from 1"},
        Refusal{{"--batch", "0"}, "--batch cannot be `0`", "from 1"},
        Refusal{{"--batch", "-1"}, "--batch cannot be `-1`", "whole number"},
        Refusal{{"--steps", "1e3"}, "--steps cannot be `1e3`", "whole number"},
        Refusal{{"--steps", "99999999999999999999"}, "--steps", "from 1 to"},
        Refusal{{"--threads", "0"}, "--threads cannot be `0`", "from 1"},
        Refusal{{"--seed", "one"}, "--seed cannot be `one`", "from 0"},
        Refusal{{"--mode", "test"}, "`test` of --mode", "`train` or `infer`"},
        Refusal{{"--kernels", "fast"}, "`fast` of --kernels", "`atomic` or `deterministic`"},
        Refusal{{"--hazard", "bad-luck"}, "hazard `bad-luck`", "--list-hazards"},
        Refusal{{"--hazard", "racy-loader,nope"}, "hazard `nope`", "--list-hazards"},
        Refusal{{"--hazard", ""}, "names nothing", "--list-hazards"},
        Refusal{{"--workload", "charlm", "--hazard", "racy-loader"}, "`racy-loader`", "convnet"},
        Refusal{{"--workload", "charlm", "--update", "hogwild"}, "hogwild", "convnet"},
        Refusal{{"--frobnicate"}, "--frobnicate", "--help"},
        Refusal{{"--step", "3"}, "--step", "--help"}, Refusal{{"stray"}, "positional", "--help"},
        Refusal{{"--steps"}, "--steps", "--help"}));

TEST(WorkloadOptions, DefaultsAreOfTheModel) {
  const Options convnet = parse({});
  EXPECT_EQ(convnet.model, Model::kConvnet);
  EXPECT_EQ(convnet.kernels, kernels::Variant::kAtomic);
  EXPECT_EQ(convnet.mode, Mode::kTrain);
  EXPECT_EQ(convnet.shuffling, Shuffling::kEachEpoch);
  EXPECT_GE(convnet.threads, 1u);
  const Options charlm = parse({"--workload", "charlm"});
  EXPECT_NE(charlm.steps, convnet.steps);
}

TEST(WorkloadOptions, TakesWhatIsGiven) {
  const Options options =
      parse({"--steps", "7", "--batch=5", "--seed", "18446744073709551615", "--threads", "3",
             "--kernels", "deterministic", "--mode", "infer", "--data", "/some/where", "--hazard",
             "hash-order,racy-loader", "--reshuffle-each-epoch", "no"});
  EXPECT_EQ(options.steps, 7u);
  EXPECT_EQ(options.batch, 5u);
  EXPECT_EQ(options.seed, UINT64_MAX);
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.kernels, kernels::Variant::kDeterministic);
  EXPECT_EQ(options.mode, Mode::kInfer);
  EXPECT_EQ(options.data, "/some/where");
  EXPECT_EQ(options.shuffling, Shuffling::kOnce);
  for (const HazardInfo& info : hazards())
    EXPECT_EQ(options.hazards.has(info.hazard),
              info.name == "hash-order" || info.name == "racy-loader")
        << info.name;
}

TEST(WorkloadOptions, EveryHazardHasAName) {
  EXPECT_EQ(hazards().size(), 8u);
  for (const HazardInfo& info : hazards()) EXPECT_EQ(find_hazard(info.name), &info);
  EXPECT_EQ(find_hazard("RACY-LOADER"), nullptr);
}

}  // namespace
}  // namespace detaudit::workload
