#include "rules/gpu_code.h"

#include <gmock/gmock.h>

namespace detaudit::rules {
namespace {

using instrument::Atomic;
using instrument::AtomicForm;
using instrument::AtomicOperation;
using instrument::MemorySpace;
using instrument::NumberType;
using instrument::SwapLoop;
using reports::Severity;
using testing::ElementsAre;
using testing::HasSubstr;

AtomicUse use(AtomicForm form, AtomicOperation operation, NumberType type,
              SwapLoop loop = SwapLoop::kNone, MemorySpace space = MemorySpace::kGlobal) {
  Atomic atomic;
  atomic.form = form;
  atomic.operation = operation;
  atomic.type = type;
  atomic.loop = loop;
  atomic.space = space;
  return {atomic, {}, 0};
}

const AtomicUse kRed = use(AtomicForm::kReduce, AtomicOperation::kAdd, NumberType::kF32);
const AtomicUse kLoop = use(AtomicForm::kCompareSwap, AtomicOperation::kCompareSwap,
                            NumberType::kF64, SwapLoop::kFloatArithmetic, MemorySpace::kShared);
const AtomicUse kInteger = use(AtomicForm::kReduce, AtomicOperation::kAdd, NumberType::kU32);

std::vector<std::string> codes(const std::vector<GpuFinding>& findings) {
  std::vector<std::string> found;
  for (const GpuFinding& finding : findings) found.push_back(finding.code);
  return found;
}

TEST(GpuCode, EveryEffectHasItsCodeAndSeverity) {
  struct Case {
    AtomicUse use;
    CodeForm form;
    const char* code;
    Severity severity;
  };
  using F = AtomicForm;
  using O = AtomicOperation;
  using N = NumberType;
  const CodeForm machine = CodeForm::kMachineCode, ptx = CodeForm::kPtx;
  const Case cases[] = {
      {kRed, machine, "DET401", Severity::kError},
      {kLoop, machine, "DET402", Severity::kError},
      {use(F::kBulkReduce, O::kAdd, N::kBf16), machine, "DET403", Severity::kError},
      {use(F::kTensorReduce, O::kAdd, N::kUnknown), machine, "DET404", Severity::kWarning},
      {kRed, ptx, "DET405", Severity::kWarning},
      {use(F::kBulkReduce, O::kAdd, N::kF32), ptx, "DET405", Severity::kWarning},
      {kLoop, ptx, "DET406", Severity::kNote},
      {use(F::kFetch, O::kMax, N::kF16x2), machine, "DET407", Severity::kNote},
      {use(F::kCompareSwap, O::kCompareSwap, N::kU32, SwapLoop::kFloatMinMax), machine, "DET407",
       Severity::kNote},
      {kInteger, machine, "DET408", Severity::kNote},
      {use(F::kTensorReduce, O::kXor, N::kUnknown), machine, "DET408", Severity::kNote},
      {use(F::kCompareSwap, O::kCompareSwap, N::kU32, SwapLoop::kInteger), machine, "DET408",
       Severity::kNote},
  };
  for (const Case& each : cases) {
    KernelCode kernel;
    kernel.form = each.form;
    kernel.uses[each.use] = {{90, 1}};
    const auto findings = judge(kernel);
    ASSERT_THAT(codes(findings), ElementsAre(each.code));
    EXPECT_EQ(findings[0].severity, each.severity) << each.code;
    EXPECT_EQ(findings[0].proof, Proof::kInferred);
    EXPECT_EQ(findings[0].cause, Cause::kFloatAtomics);
    EXPECT_EQ(findings[0].says.find("{}"), std::string::npos);
  }
}

TEST(GpuCode, CodeWithoutAtomicsIsClean) { EXPECT_TRUE(judge({}).empty()); }

TEST(GpuCode, TheSmsOfAKernelAreListedOnce) {
  KernelCode kernel;
  kernel.uses[kRed] = {{75, 2}, {80, 3}, {90, 3}};
  kernel.uses[kLoop] = {{75, 1}};
  kernel.uses[kInteger] = {{90, 1}};
  const auto findings = judge(kernel);
  // The loop beside an instruction is the compiler's own second way: one finding.
  ASSERT_THAT(codes(findings), ElementsAre("DET401", "DET408"));
  EXPECT_THAT(findings[0].sms, ElementsAre(75, 80, 90));
  EXPECT_THAT(findings[0].evidence,
              ElementsAre("2 to 3 x RED add.f32 on global memory (sm_75, sm_80, sm_90)",
                          "1 x CAS loop around f64 arithmetic on shared memory (sm_75)"));
  EXPECT_THAT(findings[0].says, HasSubstr("f32 and f64"));
  EXPECT_THAT(findings[1].sms, ElementsAre(90));
}

TEST(GpuCode, ManyPlacesAreCounted) {
  KernelCode kernel;
  for (uint32_t line = 1; line <= 20; ++line) {
    AtomicUse one = kRed;
    one.file = "a.cu";
    one.line = line;
    kernel.uses[one] = {{90, 1}};
  }
  const auto findings = judge(kernel);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].evidence.size(), 9u);
  EXPECT_EQ(findings[0].evidence.back(), "and 12 more places");
  EXPECT_EQ(findings[0].line, 1u);
}

}  // namespace
}  // namespace detaudit::rules
