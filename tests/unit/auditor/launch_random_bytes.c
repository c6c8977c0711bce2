/* Prints the 16 bytes that the kernel drew for this program. */
#include <stdio.h>
#include <sys/auxv.h>

int main(void) {
  const unsigned char* bytes = (const unsigned char*)getauxval(AT_RANDOM);
  for (int i = 0; i < 16; ++i) printf("%02x", bytes[i]);
  return puts("") < 0;
}
