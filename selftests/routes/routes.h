/* SPDX-License-Identifier: MIT */
/*
 * Routes: ways to change memory that somebody else holds, each a documented
 * interface of the kernel used as documented. A route is an entry of a table:
 * what it does, and what the kernel answers to whom. run.c tries one in a
 * process of its own against a target, and judge.c looks for itself at what
 * has changed: an error number proves nothing, and neither does a route that
 * cannot change memory without seals, which is why there is a control.
 *
 * What a kernel answers follows from the descriptor that the attacker holds and
 * from the seals, never from a version. Where kernels differ, the table lists
 * all the answers.
 */
#ifndef SEALMEM_SELFTESTS_ROUTES_H
#define SEALMEM_SELFTESTS_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <sealmem/sealmem.h>

/* What a route leaves in the first bytes of the target. */
#define ROUTE_MARKER		"INTRUDER"
#define ROUTE_MARKER_SIZE	8
/* Compared on every target: the header, on a live region of other people. */
#define ROUTE_HEADER_SIZE	64

/* ---- the table ---------------------------------------------------------- */

/* Every answer that the table knows. */
#define ROUTE_ERRORS(X)							\
	X(EPERM) X(EACCES) X(EBADF) X(EINVAL) X(EFAULT) X(EIO) X(EBUSY)	\
	X(ENOENT) X(ENOSYS) X(EOPNOTSUPP) X(EEXIST) X(EXDEV) X(EAGAIN)	\
	X(ENOMEM) X(ENOSPC) X(EFBIG) X(ETXTBSY) X(ENXIO) X(ENODEV)	\
	X(EMFILE) X(ENFILE) X(ESRCH) X(EINTR) X(EOVERFLOW) X(EPIPE)	\
	X(ENOTTY) X(ENOTDIR) X(ETIMEDOUT) X(ENOEXEC) X(EROFS) X(ELOOP)
#define ROUTE_SIGNALS(X)						\
	X(SIGSEGV) X(SIGBUS) X(SIGKILL) X(SIGSYS) X(SIGXFSZ) X(SIGPIPE)	\
	X(SIGABRT) X(SIGTERM) X(SIGILL)

enum route_answer {
	ROUTE_OK,
#define X(name) ROUTE_##name,
	ROUTE_ERRORS(X)
	ROUTE_SIGNALS(X)
#undef X
	ROUTE_ABSENT,	/* could not be tried, said the route itself */
	ROUTE_TIMEOUT,
	ROUTE_OTHER,	/* an error or a signal without a name here */
};

/* A set of answers, to list several: SAYS(EPERM) | SAYS(EACCES). */
#define SAYS(name)	(UINT64_C(1) << ROUTE_##name)

/* The same answers for everybody and on all memory. */
#define SAYS_ALWAYS(set)						\
	.control = (set), .writer = (set), .reader = (set)

/* What gets through changes this. ANSWER changes nothing anywhere. */
enum route_goal {
	ROUTE_CONTENT = 1 << 0,
	ROUTE_SIZE = 1 << 1,
	ROUTE_SEALS = 1 << 2,
	ROUTE_ANSWER = 1 << 3,
};

struct attacker;

/**
 * struct route - A way to change memory
 * @id: Group letter and number, for ever the same
 * @name: A few letters, for tables
 * @what: What it does, in words
 * @goal: What it changes where it gets through
 * @attempt: Tries it. 0, a negative errno or route_absent(); may die
 * @argument: For @attempt
 * @optional: Need not get through the control
 * @by_path: Opens the memory again, so an access mode has its say, too
 * @by_owner: Takes the owner of the memory, or root
 * @lasting: What it does outlives it, so it is not done to other people's
 *	memory: times, attributes, locks
 * @harmless: Fit for a gentle plan: it cannot change even memory without seals,
 *	whatever the kernel, and runs nothing that is in it
 * @control: Answers of the control, one of which it must give; 0 is "ok". With
 *	ROUTE_ANSWER it may be an error, and what gives others proves nothing
 * @unsafe: Answers of unsafe memory to an attacker who holds an O_RDWR
 *	descriptor; 0 is "ok" for what changes content, else @writer
 * @writer: Answers where seals hold back an attacker who holds an O_RDWR
 *	descriptor
 * @reader: Answers to one who could get no other than an O_RDONLY descriptor;
 *	with @by_path to one who may not open the memory for writing, with
 *	@by_owner to one who does not own it
 * @missing: Answers of the control that mean: not on this machine. ENOSYS
 *	always means it
 * @needs: What such a machine lacks, or NULL
 */
struct route {
	const char *id;
	const char *name;
	const char *what;
	enum route_goal goal;
	int (*attempt)(struct attacker *attacker);
	int argument;
	bool optional;
	bool by_path;
	bool by_owner;
	bool lasting;
	bool harmless;
	uint64_t control;
	uint64_t unsafe;
	uint64_t writer;
	uint64_t reader;
	uint64_t missing;
	const char *needs;
};

struct route_group {
	const char *name;
	const struct route *routes;
	size_t count;
};

#define ROUTE_GROUP(title, table)					\
	{ .name = (title), .routes = (table),				\
	  .count = sizeof(table) / sizeof((table)[0]) }

extern const struct route_group write_routes;
extern const struct route_group transfer_routes;
extern const struct route_group async_routes;
extern const struct route_group uring_routes;
extern const struct route_group allocate_routes;
extern const struct route_group resize_routes;
extern const struct route_group remap_routes;
extern const struct route_group private_routes;
extern const struct route_group advise_routes;
extern const struct route_group kernel_routes;
extern const struct route_group trace_routes;
extern const struct route_group uring_read_routes;
extern const struct route_group fault_routes;
extern const struct route_group futex_routes;
extern const struct route_group page_routes;
extern const struct route_group metadata_routes;
extern const struct route_group reseal_routes;
extern const struct route_group execute_routes;
extern const struct route_group lock_routes;
extern const struct route_group reopen_routes;
extern const struct route_group link_routes;

/* All of them; the last is NULL. */
extern const struct route_group *const route_groups[];

/* All routes in one row: NULL past the last. */
const struct route *route_get(size_t index);
/* Shell pattern against the id, the name, or "id name". */
bool route_matches(const struct route *route, const char *pattern);
const struct route *route_find(const char *id);
/* "ok", "EPERM", "SIGSEGV"; for OTHER the number is in the result. */
const char *route_answer_text(enum route_answer answer);
enum route_answer route_answer_errno(int err);
enum route_answer route_answer_signal(int sig);

/* ---- targets ------------------------------------------------------------ */

enum attack_kind {
	ATTACK_CONTROL,	/* a memfd without seals, made without the library */
	ATTACK_UNSAFE,
	ATTACK_LIVE,
	ATTACK_FROZEN,
	/* Designs of others, as references; see designs.c. */
	ATTACK_TEMP_FILE,
	ATTACK_SIZE_SEALS,
	ATTACK_PLAIN_DUP,
	ATTACK_KINDS,
};

/* Attacked where nothing else was asked for, and judged by the table. */
#define ATTACK_USUAL_KINDS	((1u << ATTACK_TEMP_FILE) - 1)
/* They promise nothing that the table knows, so none of them can fail. */
#define ATTACK_DESIGNS							\
	(1u << ATTACK_TEMP_FILE | 1u << ATTACK_SIZE_SEALS |		\
	 1u << ATTACK_PLAIN_DUP)

/**
 * struct attack_target - Memory under attack
 * @kind: What it is presented as
 * @fd: What the attacker is handed
 * @size: Of the file
 * @compared: How many bytes, from the first, have no reason to change
 * @writer: The live region's only writable mapping, if it is ours
 * @readonly: Holds @fd for live and frozen regions of our own
 * @unsafe: Holds @fd for unsafe ones
 * @own_fd: Holds @fd for the control and for designs, else -1
 * @own_map: What the producer of a design writes through, or NULL
 */
struct attack_target {
	enum attack_kind kind;
	int fd;
	size_t size;
	size_t compared;
	struct sealmem_writable_mapping writer;
	struct sealmem_readonly_region readonly;
	struct sealmem_unsafe_region unsafe;
	int own_fd;
	void *own_map;
};

const char *attack_kind_name(enum attack_kind kind);
/* 0 or a negative errno; made anew for every route. */
int attack_target_create(enum attack_kind kind, struct attack_target *ret);
/* The same for a design, whose size is set already. */
int attack_design_create(const void *bytes, struct attack_target *target);
/* Of others, or planted by a test: @fd stays the caller's. */
int attack_target_adopt(enum attack_kind kind, int fd, bool constant,
			struct attack_target *ret);
void attack_target_close(struct attack_target *target);

/* What a target was like at some time. */
struct attack_state {
	mode_t mode;
	off_t size;
	int seals;
	unsigned char *bytes;
	size_t count;
};

int attack_state_take(const struct attack_target *target,
		      struct attack_state *ret);
bool attack_state_is_whole(const struct attack_target *target,
			   const struct attack_state *state);
void attack_state_drop(struct attack_state *state);

/* ---- attacking ---------------------------------------------------------- */

enum attack_outcome {
	ATTACK_NOT_ASKED,
	ATTACK_HELD,
	ATTACK_OPEN,		/* to writing: unsafe, by design */
	ATTACK_THROUGH,		/* the control, as it should; a design */
	ATTACK_HARMLESS,	/* no seal is needed: it changes nothing */
	ATTACK_BROKEN,
	ATTACK_PROVES_NOTHING,	/* not even through the control */
	ATTACK_ABSENT,		/* cannot be tried on this machine */
	ATTACK_OUTCOMES,
};

/**
 * struct attack_result - What became of one route on one target
 * @outcome: The verdict
 * @changed: What has changed, as bits of enum route_goal
 * @answer: What the kernel said
 * @number: Its errno or signal
 * @expected: The answer is one that the table has
 * @writable: The attacker got an O_RDWR descriptor
 * @mode_changed: The file mode has changed: reported, not a break
 * @reason: Why, for BROKEN, PROVES_NOTHING and ABSENT
 */
struct attack_result {
	enum attack_outcome outcome;
	unsigned int changed;
	enum route_answer answer;
	int number;
	bool expected;
	bool writable;
	bool mode_changed;
	char reason[120];
};

/**
 * struct attack_plan - Who attacks what
 * @kinds: Bits 1 << enum attack_kind
 * @drop: Attack as @uid, which takes root
 * @uid: User and group then
 * @limit_ms: How long a route may take; 0 is five seconds
 * @foreign: Attacked in place of a region of our own of its kind, or NULL
 * @gentle: What is attacked stays as it is even if nothing protects it: no
 *	change of its mode, no mapping for writing
 */
struct attack_plan {
	unsigned int kinds;
	bool drop;
	uid_t uid;
	unsigned int limit_ms;
	const struct attack_target *foreign;
	bool gentle;
};

struct attack_row {
	const struct route *route;
	struct attack_result results[ATTACK_KINDS];
};

/* Fewer of the whole table say nothing about a machine. */
#define ATTACK_TRIED_MIN	20

struct attack_tally {
	unsigned int routes;
	unsigned int tried;
	unsigned int unexpected;
	unsigned int mode_changed;
	unsigned int outcomes[ATTACK_OUTCOMES];
};

/* ---- looking ------------------------------------------------------------ */

/**
 * struct attack_inspection - What a descriptor's memory guarantees
 * @level: The kind that it is as good as; ATTACK_CONTROL: as good as nothing
 * @seals: F_SEAL_*
 * @sealed: Nobody can add seals
 * @readable: By this descriptor
 * @writable: By this descriptor
 * @huge: Of huge pages
 * @holes: Not all of its pages are there
 * @mode: Permission bits
 * @owner: User
 * @size: In bytes
 */
struct attack_inspection {
	enum attack_kind level;
	unsigned int seals;
	bool sealed;
	bool readable;
	bool writable;
	bool huge;
	bool holes;
	mode_t mode;
	uid_t owner;
	uint64_t size;
};

/* 0, or a negative errno: EINVAL is no memory that can be sealed. */
int attack_inspect(int fd, struct attack_inspection *ret);
/* What the level means, in a sentence. */
const char *attack_level_text(const struct attack_inspection *inspection);
/* A descriptor of another process, which takes the right to trace it. */
int attack_take_fd(pid_t pid, int fd);

const char *attack_outcome_text(enum attack_outcome outcome);
/* One route, one target: 0 or a negative errno if it could not be run. */
int attack_run(const struct route *route, const struct attack_target *target,
	       const struct attack_plan *plan, struct attack_result *ret);
/* One route, every kind of the plan, each on a target of its own. */
int attack_row_run(const struct route *route, const struct attack_plan *plan,
		   struct attack_row *ret);
void attack_tally_add(struct attack_tally *tally, const struct attack_row *row);
/* Nothing got through where it must not, everything where it must. */
bool attack_tally_passed(const struct attack_tally *tally);

#endif
