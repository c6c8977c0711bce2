#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace detaudit::instrument::cupti {

// Kernels are given structures as they lie on the host's stack, with pointers into the process's
// memory among them, and with whatever was there before in parts that nobody set. Every 8-byte word
// that is an address of memory of the process is cut out (set to 0), so that what is left does not
// depend on where things lie. At most kMostAsked words are looked at closely, by a system call
// each; how many were cut.
inline constexpr size_t kMostAsked = 256;
size_t cut_host_addresses(std::span<std::byte> bytes);

}  // namespace detaudit::instrument::cupti
