#include "instrument/cupti/pages_resource.h"

#include <sys/mman.h>

#include <new>

namespace detaudit::instrument::cupti {
namespace {

class Pages : public std::pmr::memory_resource {
  void* do_allocate(size_t bytes, size_t) override {
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) throw std::bad_alloc();
    return data;
  }
  void do_deallocate(void* data, size_t bytes, size_t) override { munmap(data, bytes); }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

std::pmr::memory_resource* pages_resource() {
  // Never destroyed: callbacks come until the process is gone.
  alignas(Pages) static unsigned char storage[sizeof(Pages)];
  static Pages* pages = new (storage) Pages;
  return pages;
}

}  // namespace detaudit::instrument::cupti
