/* SPDX-License-Identifier: MIT */
/* Routes through madvise, and through mseal, which forbids some of them. */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

/* Not yet in every libc. */
#define ADVICE_POPULATE_READ	22	/* Linux 5.14 */
#define ADVICE_POPULATE_WRITE	23
#define ADVICE_DONTNEED_LOCKED	24	/* Linux 5.18 */
#define ADVICE_COLLAPSE		25	/* Linux 6.1 */
#define ADVICE_GUARD_INSTALL	102	/* Linux 6.13 */
#define CALL_PROCESS_MADVISE	440	/* Linux 5.10 */
#define CALL_MSEAL		462	/* Linux 6.10 */

static int try_map(struct attacker *attacker)
{
	return route_said(madvise(attacker->map, attacker->page,
				  attacker->argument));
}

static int try_reader(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	return route_said(madvise(addr, attacker->page, attacker->argument));
}

/* Of the attacker alone: it cannot read there any more. */
static int try_guard(struct attacker *attacker)
{
	volatile unsigned char *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	if (madvise((void *)addr, attacker->page, ADVICE_GUARD_INSTALL) < 0)
		return -errno;
	(void)addr[0];
	return 0;
}

static int try_process(struct attacker *attacker)
{
	struct iovec range = { attacker->map, attacker->page };
	long process = syscall(SYS_pidfd_open, getpid(), 0);
	long ret;

	if (process < 0)
		return route_absent(attacker, "pidfd_open");
	ret = syscall(CALL_PROCESS_MADVISE, (int)process, &range, 1,
		      attacker->argument, 0);
	return ret == (long)attacker->page ? 0 : route_said(ret);
}

/* A mapping that cannot be changed any more, or NULL. */
static void *map_sealed(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (addr && syscall(CALL_MSEAL, addr, attacker->page, 0) < 0)
		return NULL;
	return addr;
}

static int try_mseal_mprotect(struct attacker *attacker)
{
	void *addr = map_sealed(attacker);

	if (!addr)
		return route_absent(attacker, "mseal");
	return route_said(mprotect(addr, attacker->page,
				   PROT_READ | PROT_EXEC));
}

static int try_mseal_dontneed(struct attacker *attacker)
{
	void *addr = map_sealed(attacker);

	if (!addr)
		return route_absent(attacker, "mseal");
	return route_said(madvise(addr, attacker->page, MADV_DONTNEED));
}

static int try_mseal_munmap(struct attacker *attacker)
{
	void *addr = map_sealed(attacker);

	if (!addr)
		return route_absent(attacker, "mseal");
	return route_said(munmap(addr, attacker->page));
}

static const struct route routes[] = {
	{ .id = "E01", .name = "madvise-remove", .goal = ROUTE_CONTENT,
	  .what = "free the first page through the best mapping",
	  .attempt = try_map, .argument = MADV_REMOVE,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
	{ .id = "E02", .name = "populate-write", .goal = ROUTE_ANSWER,
	  .what = "make the pages of the best mapping writable in advance",
	  .attempt = try_map, .argument = ADVICE_POPULATE_WRITE,
	  .unsafe = SAYS(OK),
	  .writer = SAYS(EINVAL), .reader = SAYS(EINVAL),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.14" },
	{ .id = "E03", .name = "populate-read", .goal = ROUTE_ANSWER,
	  .what = "make the pages of a mapping readable in advance",
	  .attempt = try_reader, .argument = ADVICE_POPULATE_READ,
	  SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.14" },
	{ .id = "E04", .name = "dontneed", .goal = ROUTE_ANSWER,
	  .what = "drop the pages of a mapping, which leaves them in the file",
	  .attempt = try_map, .harmless = true, .argument = MADV_DONTNEED,
	  SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "E05", .name = "dontneed-locked", .goal = ROUTE_ANSWER,
	  .what = "drop the pages of a mapping, locked ones as well",
	  .attempt = try_map, .argument = ADVICE_DONTNEED_LOCKED,
	  SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.18" },
	{ .id = "E06", .name = "madvise-free", .goal = ROUTE_ANSWER,
	  .what = "free pages lazily: for private memory alone",
	  .attempt = try_map, .harmless = true, .argument = MADV_FREE,
	  SAYS_ALWAYS(SAYS(EINVAL)) },
	{ .id = "E07", .name = "cold", .goal = ROUTE_ANSWER,
	  .what = "have the pages taken for seldom used",
	  .attempt = try_map, .argument = MADV_COLD, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.4" },
	{ .id = "E08", .name = "pageout", .goal = ROUTE_ANSWER,
	  .what = "have the first page swapped out",
	  .attempt = try_map, .argument = MADV_PAGEOUT, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.4" },
	{ .id = "E09", .name = "mergeable", .goal = ROUTE_ANSWER,
	  .what = "have equal pages merged: shared ones are not",
	  .attempt = try_map, .argument = MADV_MERGEABLE,
	  SAYS_ALWAYS(SAYS(OK)), .missing = SAYS(EINVAL), .needs = "KSM" },
	{ .id = "E10", .name = "collapse", .goal = ROUTE_ANSWER,
	  .what = "have pages made into a huge one: there are too few",
	  .attempt = try_map, .argument = ADVICE_COLLAPSE,
	  SAYS_ALWAYS(SAYS(EINVAL)) },
	{ .id = "E11", .name = "hugepage", .goal = ROUTE_ANSWER,
	  .what = "ask for huge pages",
	  .attempt = try_map, .argument = MADV_HUGEPAGE,
	  SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "transparent huge pages" },
	{ .id = "E12", .name = "wipe-on-fork", .goal = ROUTE_ANSWER,
	  .what = "have it zeroed by fork: for private memory alone",
	  .attempt = try_map, .harmless = true, .argument = MADV_WIPEONFORK,
	  SAYS_ALWAYS(SAYS(EINVAL)) },
	{ .id = "E13", .name = "guard", .goal = ROUTE_ANSWER,
	  .what = "guard a mapping of one's own, then read there",
	  .attempt = try_guard, .harmless = true, SAYS_ALWAYS(SAYS(SIGSEGV)),
	  .missing = SAYS(EINVAL), .needs = "guard pages in files" },
	/* EINVAL: before 6.13 not even for oneself. */
	{ .id = "E16", .name = "process-remove", .goal = ROUTE_CONTENT,
	  .what = "free the first page as that of another process",
	  .attempt = try_process, .argument = MADV_REMOVE,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES),
	  .missing = SAYS(EINVAL) | SAYS(EPERM),
	  .needs = "process_madvise of oneself" },
	{ .id = "E17", .name = "process-dontneed", .goal = ROUTE_ANSWER,
	  .what = "drop a page as that of another process",
	  .attempt = try_process, .argument = MADV_DONTNEED,
	  SAYS_ALWAYS(SAYS(OK)), .missing = SAYS(EINVAL) | SAYS(EPERM),
	  .needs = "process_madvise of oneself" },
	{ .id = "E18", .name = "process-pageout", .goal = ROUTE_ANSWER,
	  .what = "have a page swapped out as that of another process",
	  .attempt = try_process, .argument = MADV_PAGEOUT,
	  SAYS_ALWAYS(SAYS(OK)), .missing = SAYS(EINVAL) | SAYS(EPERM),
	  .needs = "process_madvise of oneself" },
	{ .id = "E19", .name = "mseal-mprotect", .goal = ROUTE_ANSWER,
	  .what = "seal a mapping, then make it executable",
	  .attempt = try_mseal_mprotect,
	  .harmless = true, SAYS_ALWAYS(SAYS(EPERM)) },
	{ .id = "E20", .name = "mseal-dontneed", .goal = ROUTE_ANSWER,
	  .what = "seal a mapping, then drop its page",
	  .attempt = try_mseal_dontneed,
	  .harmless = true, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "E21", .name = "mseal-munmap", .goal = ROUTE_ANSWER,
	  .what = "seal a mapping, then unmap it",
	  .attempt = try_mseal_munmap,
	  .harmless = true, SAYS_ALWAYS(SAYS(EPERM)) },
};

const struct route_group advise_routes =
	ROUTE_GROUP("advice on memory, and mseal", routes);
