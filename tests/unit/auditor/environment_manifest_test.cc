#include "auditor/environment/manifest.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "auditor/environment/redaction.h"
#include "tests/unit/auditor/environment_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

TEST(ManifestTest, OfThisMachineIsComplete) {
  Manifest manifest = collect_manifest({std::filesystem::read_symlink("/proc/self/exe")});
  EXPECT_THAT(missing_facts(manifest), IsEmpty());
  EXPECT_THAT(manifest, Contains(Key("variable.OMP_NUM_THREADS")));
  EXPECT_THAT(manifest, Contains(Key("detaudit.isa")));
  for (const auto& [name, value] : manifest) EXPECT_NE(value, "") << name;
}

TEST(ManifestTest, WithoutAProgramHasNoneOfItsFacts) {
  Manifest manifest = collect_manifest({});
  EXPECT_THAT(missing_facts(manifest), IsEmpty());
  EXPECT_THAT(manifest, Not(Contains(Key("program.path"))));
}

TEST(ManifestTest, SaysWhatIsMissing) {
  Manifest manifest = collect_manifest({std::filesystem::read_symlink("/proc/self/exe")});
  manifest["cpu.model"] = "absent";
  manifest.erase("libc.version");
  manifest["gpu.count"] = "1";
  manifest["gpu.driver"] = "absent";
  manifest["library.libx.so.1"] = "not found";
  manifest["git.state"] = "tracked files changed: 2";
  EXPECT_THAT(missing_facts(manifest),
              ElementsAre("cpu.model", "libc.version", "gpu.driver", "library.libx.so.1"));
  manifest["program.script"] = "/train.py";
  EXPECT_THAT(missing_facts(manifest), Contains("git.state (tracked files changed: 2)"));
}

TEST(ManifestTest, DifferencesAreByName) {
  Manifest first = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  Manifest second = {{"a", "1"}, {"b", "5"}, {"d", "4"}};
  std::vector<ManifestDifference> differences = diff_manifests(first, second);
  ASSERT_EQ(differences.size(), 3u);
  const auto shown = [&](size_t i) {
    const ManifestDifference& d = differences[i];
    return d.name + " " + shown_value(d.first) + " " + shown_value(d.second);
  };
  EXPECT_EQ(shown(0), "b 2 5");
  EXPECT_EQ(shown(1), "c 3 (absent)");
  EXPECT_EQ(shown(2), "d (absent) 4");
  // An empty value is one all the same.
  EXPECT_EQ(diff_manifests({{"a", ""}}, {}).size(), 1u);
  EXPECT_THAT(diff_manifests(first, first), IsEmpty());
}

TEST(ManifestTest, RendersHostileValuesSafely) {
  Manifest manifest = {{"variable.OMP_X", "a\nb\x1b[31m\xff\"<"}, {"os.name", "Debian"}};
  EXPECT_EQ(render_manifest_text(manifest),
            "os.name         Debian\nvariable.OMP_X  a\\x0ab\\x1b[31m\\xff\"<\n");
  nlohmann::json json = nlohmann::json::parse(render_manifest_json(manifest));
  EXPECT_EQ(json["os.name"], "Debian");
  EXPECT_EQ(json["variable.OMP_X"], "a\nb\x1b[31m\\xff\"<");
}

TEST(Redaction, TakesOutSecrets) {
  for (const char* name : {"WANDB_API_KEY", "HF_TOKEN", "MY_SECRET", "DB_PASSWORD", "AWS_ACCESSKEY",
                           "npm_config_auth", "GOOGLE_CREDENTIALS", "PASS", "service.key"}) {
    EXPECT_EQ(redacted(name, "value"), kRedacted) << name;
  }
  EXPECT_EQ(redacted("X", "ghp_0123456789abcdefghijABCDEFGHIJ"), kRedacted);
  EXPECT_EQ(redacted("X", "--login=hf_abcdefghijklmnopqrstuvw"), kRedacted);
  EXPECT_EQ(redacted("X", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"), kRedacted);
  EXPECT_EQ(redacted("X", "http://user:word@host:80/path https://plain.org/a@b"),
            "http://(redacted)@host:80/path https://plain.org/a@b");
  EXPECT_EQ(redacted("X", "redis://:p@ss@host"), "redis://(redacted)@host");
}

TEST(Redaction, LeavesTheRestAlone) {
  const char* const kept[][2] = {{"TOKENIZERS_PARALLELISM", "false"},
                                 {"KEYBOARD", "us"},
                                 {"OMP_NUM_THREADS", "2"},
                                 {"CUBLAS_WORKSPACE_CONFIG", ":4096:8"},
                                 {"LD_LIBRARY_PATH", "/opt/hf_hub/lib:/usr/lib"},
                                 {"XLA_FLAGS", "--xla_gpu_deterministic_ops=true"},
                                 {"API_KEY", ""},
                                 {"URL", "https://host/path"},
                                 {"COMPASS", "north"}};
  for (const auto& [name, value] : kept) EXPECT_EQ(redacted(name, value), value) << name;
}

}  // namespace
}  // namespace detaudit::auditor
