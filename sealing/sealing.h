/* SPDX-License-Identifier: MIT */
/*
 * The kernel boundary: every system call that sealmem makes, as primitives
 * that do one thing and decide nothing. What they are combined to promise is
 * decided in lib/.
 *
 * Each returns a value that is not negative, or a negative errno; errno itself
 * is not a channel. Descriptors are close-on-exec from birth. Nothing here
 * keeps state, except the feature table.
 */
#ifndef SEALING_H
#define SEALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seals under names that need no kernel header; checked in seals.c. */
enum sealing_seal {
	SEALING_SEAL = 0x01,
	SEALING_SHRINK = 0x02,
	SEALING_GROW = 0x04,
	SEALING_WRITE = 0x08,
	SEALING_FUTURE_WRITE = 0x10,
	SEALING_EXEC = 0x20,
};

enum sealing_access {
	SEALING_ACCESS_NONE,
	SEALING_ACCESS_READ,
	SEALING_ACCESS_WRITE,
	SEALING_ACCESS_BOTH,
};

/* What fstat says, as far as anybody here asks. */
struct sealing_file {
	uint64_t size;
	uint64_t device;
	uint64_t inode;
	bool is_regular;
	bool is_executable;
};

/* --- memfd.c, tmpfile.c: new memory --------------------------------------- */

/*
 * New sealable memory of size 0 without a single seal but EXEC. Verifies that:
 * a filter or an emulation that drops a flag gives -EOPNOTSUPP.
 */
int sealing_memfd_create(const char *name);
/*
 * The same where that is forbidden, without the seals: an unnamed file in
 * /dev/shm, which no call can give a name. -ENOENT without such a folder,
 * -EOPNOTSUPP if it is not tmpfs.
 */
int sealing_tmpfile_create(void);
/* Give it its size; -EFBIG instead of SIGXFSZ beyond RLIMIT_FSIZE. */
int sealing_memfd_resize(int fd, uint64_t size);
int sealing_memfd_chmod(int fd, unsigned int mode);
/* Write @size bytes at 0, all of them or an error. */
int sealing_memfd_write(int fd, const void *data, size_t size);
/* Make all of new memory exist, by writing zeros: no hole is left. */
int sealing_memfd_commit(int fd, size_t size);
/* The same for some bytes of memory that is there; -EFBIG as above. */
int sealing_memfd_zero(int fd, uint64_t offset, size_t size);

/* --- seals.c: what can no longer be done ---------------------------------- */

/*
 * The one call that is safe on whatever a peer passes: it reaches no
 * filesystem. -EINVAL: the file cannot carry seals; -EBADF: closed or O_PATH.
 */
int sealing_get(int fd, unsigned int *ret_seals);
/* Add all of @seals or none. Needs a descriptor open for writing. */
int sealing_add(int fd, unsigned int seals);

/* --- map.c: memory of this process ---------------------------------------- */

size_t sealing_page_size(void);
/* @offset and @size are multiples of the page size. */
int sealing_map(int fd, uint64_t offset, size_t size,
		enum sealing_access access, void **ret_addr);
/* Aborts if the range is none: memory of somebody else is at stake. */
void sealing_unmap(void *addr, size_t size);
/* Keep the mapping out of children. */
int sealing_map_dontfork(void *addr, size_t size);
/* Fill holes now, as errors instead of SIGBUS. -EINVAL before Linux 5.14. */
int sealing_map_populate(const void *addr, size_t size);
/* Give the pages back to the kernel; zeros from then on, in all processes. */
int sealing_map_remove(void *addr, size_t size);
/* Bytes of these whole pages that are in memory; who may not know gets all. */
int sealing_map_resident(const void *addr, size_t size, size_t *ret_size);

/* --- fd.c: descriptors ---------------------------------------------------- */

/* Aborts on a descriptor that is not open; preserves errno. */
void sealing_close(int fd);
/*
 * Close descriptors that a peer passed. Unless they are memory they may belong
 * to a filesystem that never answers, or linger as a socket can, so a child
 * process that shares the descriptor table closes them. Those that are not
 * open are accepted. @fds is used up.
 */
void sealing_discard_all(int *fds, unsigned int count);
void sealing_discard(int fd);
/* The same for one of ours that may hold what a peer passed. */
void sealing_close_elsewhere(int fd);
/* Make a descriptor that somebody else opened close on exec. */
int sealing_cloexec(int fd);
/* The opposite, for a program that is to inherit it. */
int sealing_keep_on_exec(int fd);
int sealing_is_cloexec(int fd, bool *ret_is_cloexec);
/*
 * A copy at that number, not close-on-exec; what was open there is closed.
 * -EBADF: there can be none of that number.
 */
int sealing_dup_to(int fd, int target_fd);
int sealing_dup(int fd);
/* -EBADF also for O_PATH. */
int sealing_access_mode(int fd, enum sealing_access *ret_access);
/* Open the same memory again, for reading only. -ENOENT without procfs. */
int sealing_reopen_readonly(int fd);
int sealing_stat(int fd, struct sealing_file *ret_file);
/* Is it ordinary shared memory, as opposed to huge pages? */
int sealing_is_shmem(int fd, bool *ret_is_shmem);
/* Offset of the first hole; the file's size if there is none. */
int sealing_first_hole(int fd, uint64_t *ret_offset);

/* --- socket.c: passing descriptors ---------------------------------------- */

/* All that one message can bring (SCM_MAX_FD in the kernel). */
#define SEALING_RECEIVE_MAX 253

/* What a descriptor is, as far as it could be a channel. */
enum sealing_socket {
	SEALING_SOCKET_OTHER,
	SEALING_SOCKET_UNCONNECTED,
	SEALING_SOCKET_CONNECTED,
	SEALING_SOCKET_LISTENING,
};

/* Who made the other end, and when: see struct sealmem_peer. */
struct sealing_peer {
	int32_t pid;
	uint32_t uid;
	uint32_t gid;
};

int sealing_socket_pair(int ret_fds[2]);
/* @mode: of the socket file, from its birth, less what the umask takes. */
int sealing_socket_listen(const char *path, unsigned int mode);
int sealing_socket_connect(const char *path);
int sealing_socket_accept(int fd);
/* -ENOTSOCK, -EBADF. */
int sealing_socket_state(int fd, enum sealing_socket *ret_state);
/* Make accept not wait for who went away again. */
int sealing_socket_nonblock(int fd);
int sealing_socket_peer(int fd, struct sealing_peer *ret_peer);
/* A pidfd. -EOPNOTSUPP before Linux 6.5; -ESRCH: that process is gone. */
int sealing_socket_peer_pidfd(int fd);
/*
 * Close a channel. Messages that nobody has read go with it, and descriptors in
 * them may hold up whoever closes the last copy.
 */
void sealing_socket_close(int fd);
/* 0 when readable, -EAGAIN after @timeout_ms (-1: never), -EINTR. */
int sealing_socket_wait(int fd, int timeout_ms);
/*
 * One message with one descriptor, or with none (-1); never blocks, never
 * raises SIGPIPE.
 */
int sealing_socket_send(int fd, const void *data, size_t size, int pass_fd);

/*
 * A message as it came, complete or not. Control data is cut when this process
 * can have no more descriptors, or a security module denies it one.
 */
struct sealing_message {
	size_t size;
	bool is_data_cut;
	bool is_control_cut;
	bool has_other_control;
	unsigned int fd_count;
	int fds[SEALING_RECEIVE_MAX];
};

/*
 * Take one message; never blocks. The caller owns every descriptor in it, up
 * to fd_count; the kernel has closed those that were cut off.
 * -ENODATA: the peer has closed its end.
 */
int sealing_socket_receive(int fd, void *data, size_t size,
			   struct sealing_message *ret_message);

/* Is there anything that the peer has not received yet? Not 0 if so, or errno. */
int sealing_socket_unread(int fd);

/* --- futex.c: waiting and waking ------------------------------------------ */

/*
 * Sleep while a word of shared memory has @value: 0 when woken, for whatever
 * reason; -EAGAIN if it had another value; -ETIMEDOUT at a time of
 * sealing_now_ns(); -EINTR. Needs no right to write.
 */
int sealing_futex_wait(const uint32_t *word, uint32_t value,
		       uint64_t deadline_ns);
/* Wake those who wait on a word, so many at most. */
void sealing_futex_wake(const uint32_t *word, int count);
/* The same wait, without a deadline, as 64 bytes that an io_uring takes. */
void sealing_futex_prepare(const uint32_t *word, uint32_t value, void *ret_sqe);
/* 1: a socket; 0: an eventfd that does not block; -EINVAL: neither; -EBADF. */
int sealing_is_wake_socket(int fd);
/* Make them readable. Neither blocks, if an eventfd's flags are left alone. */
void sealing_wake_eventfd(int fd);
void sealing_wake_socket(int fd);
/* 1: a socket that was hung up, or a pidfd of a process that ended; else 0. */
int sealing_is_gone(int fd);

/* --- clock.c -------------------------------------------------------------- */

/* Of CLOCK_MONOTONIC, which never goes back. */
uint64_t sealing_now_ns(void);
uint64_t sealing_now_ms(void);

/* --- poll.c: many descriptors behind one ----------------------------------- */

#define SEALING_POLL_MAX 64

int sealing_poll_create(void);
/* Until it is closed, here and in every child of fork, or removed. @key is how
 * it is told. */
int sealing_poll_add(int poll_fd, int fd, uint32_t key);
void sealing_poll_remove(int poll_fd, int fd);
/* How many have something to read or hung up, and which. Never blocks. */
int sealing_poll_ready(int poll_fd, uint32_t ret_keys[SEALING_POLL_MAX]);

/* --- random.c ------------------------------------------------------------- */

int sealing_random(void *data, size_t size);

/* --- probe.c: what the kernel can do -------------------------------------- */

/* Bits of enum sealmem_feature; tries what is not certain yet. */
uint32_t sealing_features(void);

#endif
