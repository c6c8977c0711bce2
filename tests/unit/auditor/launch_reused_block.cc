// Prints a byte of a small block that malloc hands out a second time, never written since.
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  void* volatile block = std::malloc(40);
  std::memset(block, 7, 40);
  std::free(block);
  block = std::malloc(40);
  std::printf("%02x\n", static_cast<const volatile unsigned char*>(block)[24]);
}
