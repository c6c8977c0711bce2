/* Draws a number from the time; the twin from a constant. */
#include <stdlib.h>
#include <time.h>

int draw(void);

static unsigned seed(void) {
#ifdef CLEAN
  return 7;
#else
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (unsigned)now.tv_nsec;
#endif
}

int draw(void) {
  srand(seed());
  return rand();
}
