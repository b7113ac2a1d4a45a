/* SPDX-License-Identifier: MIT */
/*
 * Attributes, version and the meaning of error numbers: what every other
 * header of sealmem builds on.
 *
 * Functions that can fail return 0 or a negative errno. One code means one
 * thing everywhere; each function lists the ones that it can return:
 *
 *   -EINVAL      an argument is outside its documented range
 *   -EBADF       the handle is empty: never created, moved away or closed
 *   -EOVERFLOW   an offset plus a size does not fit
 *   -EPERM       a seal or the access mode forbids it
 *   -EACCES      the file mode, a kernel policy or the caller's judge forbids it
 *   -EBUSY       somebody can still write, so the seal is refused
 *   -EEXIST      the number that was asked for is in use
 *   -EBADMSG     what a peer declares is malformed
 *   -EPROTO      what a peer passed is not what it declares it to be
 *   -EOPNOTSUPP  the kernel lacks what this guarantee needs
 *   -ENODATA     the memory was purged
 *   -EAGAIN      not yet, or something has changed meanwhile: try again
 *   -ESHUTDOWN   no more is given out
 *   -EFAULT      a hole in the memory could not be filled
 *   -EDQUOT      a budget, or a limit of a broker, is exhausted
 *   -ETIMEDOUT   a broker did not answer in time
 *   -EFBIG       larger than this process may make a file (RLIMIT_FSIZE)
 *   -ENOMEM -ENOSPC -EMFILE -ENFILE -ENOSYS -ENOENT -EIO
 *                passed through from the kernel
 *
 * On failure nothing that the caller can observe has changed, unless the
 * function says otherwise. Parameters named ret_x are written on success only,
 * but for ret_refusal, which says why not; those named take_x are emptied on
 * success only; all others are borrowed.
 * A NULL pointer where an object is required, and a descriptor closed behind
 * the library's back, are programming errors and abort the process. Nothing
 * that a peer does aborts it.
 */
#ifndef SEALMEM_BASE_H
#define SEALMEM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEALMEM_API __attribute__((visibility("default")))
#define SEALMEM_MUST_CHECK __attribute__((warn_unused_result))
#define SEALMEM_FALLIBLE SEALMEM_API SEALMEM_MUST_CHECK

/* Of these headers; sealmem_version() tells the library's. */
#define SEALMEM_VERSION "0.1.0"

/**
 * enum sealmem_kind - What the holder of a region may do with it
 * @SEALMEM_KIND_NONE: No region
 * @SEALMEM_KIND_READONLY: Every holder may read, no holder may write
 * @SEALMEM_KIND_WRITABLE: One holder, who may write and may give that up
 * @SEALMEM_KIND_UNSAFE: Every holder may write, for ever
 *
 * The numbers travel between processes and never change.
 */
enum sealmem_kind {
	SEALMEM_KIND_NONE = 0,
	SEALMEM_KIND_READONLY = 1,
	SEALMEM_KIND_WRITABLE = 2,
	SEALMEM_KIND_UNSAFE = 3,
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_version() - Version of the library that runs
 *
 * Context: Any thread; async-signal-safe.
 * Return: "MAJOR.MINOR.PATCH", static.
 */
SEALMEM_API const char *sealmem_version(void);

#ifdef __cplusplus
}
#endif

#endif
