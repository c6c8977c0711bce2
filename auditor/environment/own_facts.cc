#include "auditor/launch/elf_file.h"
#include "auditor/environment/facts.h"
#include "kernels/digest.h"

namespace detaudit::auditor {
namespace {

const char* isa_name(kernels::DigestIsa isa) {
  switch (isa) {
    case kernels::DigestIsa::kPortable:
      return "portable";
    case kernels::DigestIsa::kAvx2:
      return "avx2";
    case kernels::DigestIsa::kAvx512:
      return "avx512";
  }
  return kAbsent;
}

}  // namespace

void add_own_facts(Manifest& manifest) {
  auto self = ElfFile::open("/proc/self/exe");
  manifest["detaudit.version"] = DETAUDIT_VERSION;
  manifest["detaudit.build_id"] = or_absent(self ? self->build_id() : "");
  manifest["detaudit.compiler"] = DETAUDIT_COMPILER;
  manifest["detaudit.flags"] = or_absent(DETAUDIT_FLAGS);
  manifest["detaudit.isa"] = isa_name(kernels::available_digest_isas().back());
}

}  // namespace detaudit::auditor
