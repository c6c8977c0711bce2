#pragma once

#include <optional>
#include <string>

#include "instrument/cubin/byte_source.h"

namespace detaudit::auditor {

// Why a file that begins as an ELF image, an archive or a fatbin cannot have all in it that it was
// written with: it was cut short or written over, or its members are files of their own. Reads
// headers alone. Nothing for what is whole, or of another kind.
std::optional<std::string> damage_of(const instrument::ByteSource& source);

}  // namespace detaudit::auditor
