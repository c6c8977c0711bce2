#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "auditor/workload/operations.h"
#include "kernels/catalogue.h"
#include "reports/diagnostic.h"
#include "tests/unit/auditor/workload_run.h"

namespace detaudit::workload {
namespace {

using testing::HasSubstr;

RunRecord run(const Options& options) {
  return options.model == Model::kConvnet ? run_convnet(options) : run_charlm(options);
}

// A few steps, with every number of the result printed to nine digits: enough to tell floats apart.
RunRecord short_run(const char* model, const char* kernels, const char* threads,
                    const char* seed = "1") {
  return run(make_options({"--workload", model, "--kernels", kernels, "--threads", threads,
                           "--seed", seed, "--steps", "4", "--batch", "16"}));
}

class ShortTraining : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Workload, ShortTraining, testing::Values("convnet", "charlm"));

TEST_P(ShortTraining, DeterministicKernelsGiveOneResultOnAnyThreads) {
  const std::string expected = short_run(GetParam(), "deterministic", "1").text;
  for (const char* threads : {"1", "2", "3", "5"})
    EXPECT_EQ(short_run(GetParam(), "deterministic", threads).text, expected) << threads;
}

TEST_P(ShortTraining, TheSeedReachesTheResult) {
  EXPECT_NE(short_run(GetParam(), "deterministic", "2", "1").text,
            short_run(GetParam(), "deterministic", "2", "2").text);
}

TEST_P(ShortTraining, ExecutesWhatItLists) {
  const Options options =
      make_options({"--workload", GetParam(), "--steps", "2", "--batch", "16", "--threads", "2"});
  const RunRecord record = run(options);
  std::set<std::string, std::less<>> listed;
  for (const Operation& operation : all_operations(options.model))
    if (is_used(operation, options)) listed.insert(std::string(operation.name));
  EXPECT_EQ(record.operations, listed);
  for (const std::string& operation : listed)
    EXPECT_THAT(list_operations(options), HasSubstr(operation));
}

TEST_P(ShortTraining, InferenceLearnsNothing) {
  const Options options = make_options({"--workload", GetParam(), "--steps", "2", "--batch", "16",
                                        "--mode", "infer", "--kernels", "deterministic"});
  const RunRecord record = run(options);
  for (const std::string& operation : record.operations) {
    EXPECT_THAT(operation, testing::Not(HasSubstr("backward")));
    EXPECT_THAT(operation, testing::Not(HasSubstr("update")));
  }
  // As good as chance, up to what random weights give.
  if (options.model == Model::kConvnet)
    EXPECT_LT(record.score.accuracy, 0.3);
  else
    EXPECT_GT(record.result.loss, record.result.frequency_loss);
}

TEST(Operations, EveryPairIsInTheCatalogue) {
  for (Model model : {Model::kConvnet, Model::kCharlm})
    for (const Operation& operation : all_operations(model))
      EXPECT_EQ(kernels::find_pair(operation.kernel) != nullptr,
                operation.guarantee == Guarantee::kPair)
          << operation.name;
}

TEST(Operations, DeterministicRunsRefuseWhatIsNot) {
  EXPECT_NO_THROW(require_deterministic(make_options({"--kernels", "deterministic"})));
  EXPECT_NO_THROW(require_deterministic(make_options({"--update", "hogwild"})));
  try {
    require_deterministic(make_options({"--kernels", "deterministic", "--update", "hogwild"}));
    FAIL() << "accepted";
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
    EXPECT_THAT(error.diagnostic().message, HasSubstr("`hogwild_update`"));
  }
}

// Names say what an operation is, never what was planted.
TEST(Operations, HazardsExecuteTheSameOperations) {
  const std::vector<const char*> arguments = {"--steps", "2", "--batch", "16", "--threads", "2"};
  const auto expected = run(make_options(arguments)).operations;
  for (const HazardInfo& info : hazards()) {
    std::vector<const char*> planted = arguments;
    planted.insert(planted.end(), {"--hazard", info.name.data()});
    EXPECT_EQ(run(make_options(planted)).operations, expected) << info.name;
  }
}

TEST(BatchSize, MayNotExceedTheData) {
  try {
    read_image_data(make_options({"--batch", "6401"}));
    FAIL() << "accepted";
  } catch (const reports::DiagnosticError& error) {
    EXPECT_THAT(error.diagnostic().message, HasSubstr("6400 images"));
  }
  EXPECT_THROW(
      make_text_data(Seeding(1), make_options({"--workload", "charlm", "--batch", "60000"})),
      reports::DiagnosticError);
}

// A default run on two cores takes two to three seconds.
TEST(SlowTraining, ConvnetIsRightAboutImagesItHasNotSeen) {
  const RunRecord record = run(make_options({"--kernels", "deterministic"}));
  EXPECT_GT(record.score.accuracy, 0.95) << record.text;
}

TEST(SlowTraining, CharlmBeatsGuessingByFrequency) {
  const RunRecord record =
      run(make_options({"--workload", "charlm", "--kernels", "deterministic"}));
  EXPECT_LT(record.result.loss, 0.4 * record.result.frequency_loss) << record.text;
}

}  // namespace
}  // namespace detaudit::workload
