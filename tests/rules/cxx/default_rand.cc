#include <cstdlib>

int first() {
  return rand() % 6;  // expect: DET212
}
int second() { return rand() % 6; }

namespace mine {
int rand() { return 4; }
}
int third() { return mine::rand(); }
