#include <gmock/gmock.h>

#include "auditor/launch/query.h"
#include "reports/diagnostic.h"
#include "tests/unit/auditor/environment_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

using Facts = EnvironmentTest;

TEST_F(Facts, OfAnX86Machine) {
  write("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
  write("proc/cpuinfo",
        "processor\t: 0\nmodel\t\t: 143\nmodel name\t: A CPU @ 2.1GHz\nmicrocode\t: 0x2b\n"
        "flags\t\t: fpu sse4_2 avx2 fma avx avx512f notavx2\n");
  write("proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB\n");
  Manifest manifest;
  add_machine_facts(manifest, root_);
  EXPECT_THAT(manifest,
              IsSupersetOf({Pair("os.name", "Debian GNU/Linux 12 (bookworm)"),
                            Pair("cpu.model", "A CPU @ 2.1GHz"), Pair("cpu.microcode", "0x2b"),
                            Pair("cpu.isa", "sse4_2 avx fma avx2 avx512f"),
                            Pair("memory.bytes", "16777216000")}));
}

TEST_F(Facts, OfAnUnknownMachineAreAbsent) {
  write("proc/cpuinfo", ":\nmodel name\n\xff\xfe: :\nflags\t:");
  Manifest manifest;
  add_machine_facts(manifest, root_);
  for (const char* name : {"os.name", "cpu.model", "cpu.isa", "memory.bytes"}) {
    EXPECT_EQ(manifest[name], kAbsent) << name;
  }
}

TEST_F(Facts, OfAMachineWithGpus) {
  write(
      "proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\n");
  write("proc/driver/nvidia/gpus/0000:02:00.0/information", "Model: \t\t NVIDIA L4\n");
  write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H100\nIRQ: 1\n");
  write("usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
  write("usr/lib/x86_64-linux-gnu/libcuda.so.535.129.03", "");
  write("usr/local/cuda/version.json",
        "{\n \"cuda\" : {\n \"name\" : \"CUDA SDK\",\n \"version\" : \"12.2.0\"\n }\n}\n");
  write("usr/lib/x86_64-linux-gnu/libcudnn.so.9", "");
  write("usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0", "");
  Manifest manifest;
  add_device_facts(manifest, root_);
  EXPECT_EQ(manifest, (Manifest{{"gpu.count", "2"},
                                {"gpu.0.model", "NVIDIA H100"},
                                {"gpu.1.model", "NVIDIA L4"},
                                {"gpu.driver", "535.129.03"},
                                {"cuda.driver_library", "libcuda.so.535.129.03"},
                                {"cuda.toolkit", "12.2.0"},
                                {"cudnn.version", "9.1.0"}}));
}

TEST_F(Facts, OfAToolkitWithHeadersAlone) {
  write("usr/local/cuda/include/cuda.h", "#define CUDA_VERSION 13000\n");
  write("usr/include/cudnn_version.h",
        "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 9\n#define CUDNN_PATCHLEVEL 7\n");
  Manifest manifest;
  add_device_facts(manifest, root_);
  EXPECT_EQ(manifest["cuda.toolkit"], "13.0");
  EXPECT_EQ(manifest["cudnn.version"], "8.9.7");
  EXPECT_EQ(manifest["gpu.count"], "0");
}

TEST_F(Facts, OfAMachineWithoutGpuAreAbsent) {
  write("usr/local/cuda/version.json", "{\"cuda\"");
  Manifest manifest;
  add_device_facts(manifest, root_);
  for (const char* name : {"gpu.driver", "cuda.driver_library", "cuda.toolkit", "cudnn.version"}) {
    EXPECT_EQ(manifest[name], kAbsent) << name;
  }
}

TEST_F(Facts, OfVariablesThatMatter) {
  setenv("OMP_PROC_BIND", "close", 1);
  setenv("NCCL_DEBUG_TOKEN", "abc", 1);
  setenv("TORCH_HOME", "https://me:word@host/x", 1);
  setenv("DETAUDIT_UNRELATED", "1", 1);
  unsetenv("CUBLAS_WORKSPACE_CONFIG");
  Manifest manifest;
  add_variable_facts(manifest);
  for (const char* name :
       {"OMP_PROC_BIND", "NCCL_DEBUG_TOKEN", "TORCH_HOME", "DETAUDIT_UNRELATED"}) {
    unsetenv(name);
  }
  EXPECT_THAT(manifest, IsSupersetOf({Pair("variable.OMP_PROC_BIND", "close"),
                                      Pair("variable.NCCL_DEBUG_TOKEN", "(redacted)"),
                                      Pair("variable.TORCH_HOME", "https://(redacted)@host/x"),
                                      Pair("variable.CUBLAS_WORKSPACE_CONFIG", "absent")}));
  EXPECT_THAT(manifest, Not(Contains(Key("variable.DETAUDIT_UNRELATED"))));
}

TEST_F(Facts, OfThisProgram) {
  Manifest manifest;
  add_program_facts(manifest, {std::filesystem::read_symlink("/proc/self/exe")});
  EXPECT_EQ(manifest["binary.linkage"], "dynamic");
  EXPECT_THAT(manifest["program.digest"], testing::SizeIs(32));
  EXPECT_NE(manifest["binary.compiler"], kAbsent);
  EXPECT_THAT(manifest["library.libc.so.6"], AllOf(StartsWith("/"), HasSubstr("build id ")));
  EXPECT_THAT(manifest["library.libstdc++.so.6"], HasSubstr("libstdc++.so.6.0"));
  EXPECT_EQ(manifest["blas"], kAbsent);
  EXPECT_THAT(manifest, Not(Contains(Key("python.version"))));
}

TEST_F(Facts, OfAShellScript) {
  std::filesystem::path script = write("tool", "#!/usr/bin/env sh\n", 0755);
  Manifest manifest;
  add_program_facts(manifest, {script});
  EXPECT_EQ(manifest["program.path"], script);
  EXPECT_THAT(manifest["program.interpreter"], HasSubstr("/sh"));
  EXPECT_THAT(manifest, Contains(Key("library.libc.so.6")));
}

TEST_F(Facts, OfAProgramThatIsNotThereAreAbsent) {
  Manifest manifest;
  add_program_facts(manifest, {"/no/such/program"});
  EXPECT_EQ(manifest["program.path"], kAbsent);
  EXPECT_EQ(manifest["program.digest"], kAbsent);
}

// A stand-in interpreter answers what it likes; only names of its own family are taken over.
TEST_F(Facts, OfPythonComeFromTheInterpreter) {
  std::filesystem::path python =
      write("python3",
            "#!/bin/sh\necho python.version 3.99\necho python.package.torch 2.1.0+cu121\n"
            "echo cpu.model forged\n",
            0755);
  std::filesystem::path script = write("train.py", "print(1)\n");
  Manifest manifest;
  add_program_facts(manifest, {python, "-u", script, "--steps"});
  EXPECT_EQ(manifest["python.version"], "3.99");
  EXPECT_EQ(manifest["python.package.torch"], "2.1.0+cu121");
  EXPECT_EQ(manifest["program.script"], script);
  EXPECT_THAT(manifest["program.script_digest"], testing::SizeIs(32));
  EXPECT_THAT(manifest, Not(Contains(Key("cpu.model"))));

  EXPECT_THAT(manifest["binary.path"], HasSubstr("sh")) << "what interprets the stand-in";

  write("python3", "#!/bin/sh\nexit 1\n", 0755);
  Manifest failing;
  add_program_facts(failing, {python, "-m", "train"});
  EXPECT_EQ(failing["python.version"], kAbsent);
  EXPECT_THAT(failing, Not(Contains(Key("program.script"))));
}

// A file of the subject's that is named like a module must not run when Python is asked.
TEST_F(Facts, OfARealPythonDoNotRunTheSubjectsFiles) {
  if (!output_of({"python3", "-c", "import importlib.metadata"}, std::chrono::seconds(20))) {
    GTEST_SKIP() << "no python3 here";
  }
  write("platform.py", "open('ran', 'w')\n");
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root_);
  Manifest manifest;
  add_python_facts(manifest, "python3");
  std::filesystem::current_path(before);
  EXPECT_THAT(manifest["python.version"], StartsWith("3."));
  EXPECT_FALSE(std::filesystem::exists(root_ / "ran"));
}

TEST_F(Facts, OfACheckout) {
  auto git = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-c", "user.name=t", "-c", "user.email=t@t"});
    return output_of(words, std::chrono::seconds(20), root_);
  };
  ASSERT_TRUE(git({"init", "-q"}));
  Manifest manifest;
  add_checkout_facts(manifest, root_);
  EXPECT_EQ(manifest["git.commit"], kAbsent) << "there is no commit yet";
  write("file", "1\n");
  ASSERT_TRUE(git({"add", "file"}));
  ASSERT_TRUE(git({"commit", "-qm", "first"}));
  write("untracked", "x");
  add_checkout_facts(manifest, root_);
  EXPECT_EQ(manifest["git.commit"] + "\n", git({"rev-parse", "HEAD"}));
  EXPECT_EQ(manifest["git.state"], "clean");
  write("file", "2\n");
  std::filesystem::create_directory(root_ / "below");
  add_checkout_facts(manifest, root_ / "below");
  EXPECT_EQ(manifest["git.state"], "tracked files changed: 1");
}

TEST_F(Facts, OfAFolderThatIsNoCheckoutAreAbsent) {
  Manifest manifest;
  add_checkout_facts(manifest, root_);
  EXPECT_EQ(manifest, (Manifest{{"git.commit", kAbsent}}));
}

}  // namespace
}  // namespace detaudit::auditor
