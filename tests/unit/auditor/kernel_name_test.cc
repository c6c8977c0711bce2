#include "auditor/audit/kernel_name.h"

#include <gtest/gtest.h>

namespace detaudit::auditor {
namespace {

TEST(KernelName, OfAPlainFunction) {
  EXPECT_EQ(kernel_name("_Z10atomic_sumPKfPfm").base, "atomic_sum");
  EXPECT_EQ(kernel_name("_Z10atomic_sumPKfPfm").full, "atomic_sum(float const*, float*, unsigned long)");
}

TEST(KernelName, OfATemplateInNamespaces) {
  // void at::native::(anonymous namespace)::scatter<float, 4>(float*)
  const KernelName name = kernel_name("_ZN2at6native12_GLOBAL__N_17scatterIfLi4EEEvPT_");
  EXPECT_EQ(name.base, "scatter");
  EXPECT_NE(name.full.find("at::native"), std::string::npos);
}

TEST(KernelName, WhatIsNotMangledStays) {
  for (const char* text : {"memcpy_htod", "ampere_sgemm_128x64_tn", "_Znonsense", ""}) {
    EXPECT_EQ(kernel_name(text).base, text);
    EXPECT_EQ(kernel_name(text).full, text);
  }
}

}  // namespace
}  // namespace detaudit::auditor
