/* A disk that refuses what is named in the environment, for files below REFUSING_DIR: loaded with LD_PRELOAD.
   REFUSE is a list such as "locks=37,flock=95,maps=19,fsync=22,rename=1,write=122": what is refused, and with which errno. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

static int refusal(const char *what) {
  const char *list = getenv("REFUSE"), *found;
  size_t length = strlen(what);
  for (found = list; found && *found; found = strchr(found, ',') ? strchr(found, ',') + 1 : NULL)
    if (!strncmp(found, what, length) && found[length] == '=') return atoi(found + length + 1);
  return 0;
}

static int inside(const char *path) {
  const char *folder = getenv("REFUSING_DIR");
  return folder && !strncmp(path, folder, strlen(folder));
}

static int below(int descriptor) {
  char link[64], path[4096];
  ssize_t length;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return inside(path);
}

#define REFUSE(what, here, failed) \
  { int number = refusal(what); if (number && (here)) { errno = number; return failed; } }
#define REAL(name, type, ...) \
  static type (*real)(__VA_ARGS__); if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name);

static int is_lock(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_GETLK
      || command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
}

int fcntl64(int descriptor, int command, ...) {
  va_list list; void *argument;
  va_start(list, command); argument = va_arg(list, void *); va_end(list);
  REAL(fcntl64, int, int, int, ...)
  if (is_lock(command)) REFUSE("locks", below(descriptor), -1)
  return real(descriptor, command, argument);
}
int fcntl(int descriptor, int command, ...) {
  va_list list; void *argument;
  va_start(list, command); argument = va_arg(list, void *); va_end(list);
  return fcntl64(descriptor, command, argument);
}
int flock(int descriptor, int operation) {
  REAL(flock, int, int, int)
  REFUSE("flock", below(descriptor), -1)
  return real(descriptor, operation);
}
void *mmap64(void *where, size_t length, int protection, int flags, int descriptor, off64_t offset) {
  REAL(mmap64, void *, void *, size_t, int, int, int, off64_t)
  if (descriptor >= 0 && (flags & MAP_SHARED)) REFUSE("maps", below(descriptor), MAP_FAILED)
  return real(where, length, protection, flags, descriptor, offset);
}
void *mmap(void *where, size_t length, int protection, int flags, int descriptor, off_t offset) {
  return mmap64(where, length, protection, flags, descriptor, offset);
}
int fsync(int descriptor) {
  REAL(fsync, int, int)
  REFUSE("fsync", below(descriptor), -1)
  return real(descriptor);
}
int fdatasync(int descriptor) {
  REAL(fdatasync, int, int)
  REFUSE("fsync", below(descriptor), -1)
  return real(descriptor);
}
int rename(const char *one, const char *other) {
  REAL(rename, int, const char *, const char *)
  REFUSE("rename", inside(one), -1)
  return real(one, other);
}
ssize_t write(int descriptor, const void *data, size_t length) {
  REAL(write, ssize_t, int, const void *, size_t)
  REFUSE("write", below(descriptor), -1)
  return real(descriptor, data, length);
}
ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset) {
  REAL(pwrite64, ssize_t, int, const void *, size_t, off64_t)
  REFUSE("write", below(descriptor), -1)
  return real(descriptor, data, length, offset);
}
ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset) {
  return pwrite64(descriptor, data, length, offset);
}
