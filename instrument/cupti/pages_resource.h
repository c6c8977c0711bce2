#pragma once

#include <memory_resource>

namespace detaudit::instrument::cupti {

// Memory for containers that live in a subject's process: pages of our own, so that the subject's
// heap stays as it would be without us. Throws std::bad_alloc; every callback ends such a throw.
std::pmr::memory_resource* pages_resource();

}  // namespace detaudit::instrument::cupti
