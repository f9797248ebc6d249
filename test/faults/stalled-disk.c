/*
 * Loaded into PostgreSQL (LD_PRELOAD): while the file named by STALLED_WHILE exists, nothing reaches the disk, as when a
 * disk stands still. The waiting ends for no signal, as a system call on such a disk does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int when_the_disk_moves(const char *name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *stalled_while = getenv("STALLED_WHILE");
  while (stalled_while && access(stalled_while, F_OK) == 0) usleep(5000);
  return real(file);
}

int fsync(int file) { return when_the_disk_moves("fsync", file); }
int fdatasync(int file) { return when_the_disk_moves("fdatasync", file); }
