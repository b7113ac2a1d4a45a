/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of a hostile peer, in messages that are well formed: they are not
 * memory, or not the memory that they are declared to be. Each is refused with
 * the reason that fits and closed, and the next honest message is received.
 */
#include <sys/eventfd.h>

#include "channel_peer.h"

FIXTURE(hostile)
{
	struct peer peer;
};

FIXTURE_SETUP(hostile)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(hostile)
{
	peer_close(&self->peer);
}

/* ---- declared as each kind ------------------------------------------- */

static void expect_fd_refused(struct peer *peer, int fd,
			      uint32_t refusal)
{
	ASSERT_SYS(fd);
	for (int kind = SEALMEM_KIND_READONLY; kind <= SEALMEM_KIND_UNSAFE;
	     kind++) {
		write_bytes(&peer->letter, kind, page_size());
		enclose(&peer->letter, fcntl(fd, F_DUPFD_CLOEXEC, 0));
		expect_refused(peer, EPROTO, refusal);
	}
	close(fd);
}

TEST_F(hostile, pipe)
{
	for (int end = 0; end < 2; end++)
		expect_fd_refused(&self->peer, pipe_end(end),
				  SEALMEM_REFUSAL_NOT_SEALABLE);
}

TEST_F(hostile, socket)
{
	struct peer *peer = &self->peer;
	int fds[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	expect_fd_refused(peer, fds[0], SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, fds[1], SEALMEM_REFUSAL_NOT_SEALABLE);
	/* And both ends of this very channel. */
	expect_fd_refused(peer, dup(sealmem_channel_fd(&peer->theirs)),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, dup(sealmem_channel_fd(&peer->ours)),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
}

TEST_F(hostile, not_memory)
{
	struct peer *peer = &self->peer;

	expect_fd_refused(peer, eventfd(0, EFD_CLOEXEC),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, open("/proc", O_DIRECTORY | O_CLOEXEC),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, open("/dev/zero", O_RDWR | O_CLOEXEC),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, open("/proc/version", O_RDONLY | O_CLOEXEC),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	expect_fd_refused(peer, open("/proc", O_PATH | O_CLOEXEC),
			  SEALMEM_REFUSAL_PATH_ONLY);
}

/* tmpfs answers F_GET_SEALS for files that nobody can seal. */
TEST_F(hostile, tmpfs_file)
{
	char path[] = "/dev/shm/sealmem-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		SKIP("no /dev/shm to write to");
	unlink(path);
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	expect_fd_refused(&self->peer, fd, fcntl(fd, F_GET_SEALS) < 0 ?
				    SEALMEM_REFUSAL_NOT_SEALABLE :
				    SEALMEM_REFUSAL_NO_SHRINK_SEAL);
}

TEST_F(hostile, ordinary_file)
{
	FILE *file = tmpfile();

	ASSERT_NOT_NULL(file);
	if (fcntl(fileno(file), F_GET_SEALS) >= 0) {
		fclose(file);
		SKIP("temporary files are on tmpfs here");
	}
	expect_fd_refused(&self->peer, dup(fileno(file)),
			  SEALMEM_REFUSAL_NOT_SEALABLE);
	fclose(file);
}

/* ---- memory that is not what it is declared to be -------------------- */

FIXTURE(memory)
{
	struct peer peer;
};

FIXTURE_VARIANT(memory)
{
	enum sealmem_kind kind;
	struct recipe recipe;
	uint32_t refusal;
	/* Bytes declared beyond a page. */
	int more;
};

#define MEMORY(id, ...) \
	FIXTURE_VARIANT_ADD(memory, id) { __VA_ARGS__ }
#define RO(refused, sealed) .kind = SEALMEM_KIND_READONLY, \
	.recipe.access = O_RDONLY, .recipe.seals = sealed, \
	.refusal = SEALMEM_REFUSAL_##refused
#define RW(refused, sealed) .kind = SEALMEM_KIND_WRITABLE, \
	.recipe.access = O_RDWR, .recipe.seals = sealed, \
	.refusal = SEALMEM_REFUSAL_##refused
#define UN(refused, sealed) .kind = SEALMEM_KIND_UNSAFE, \
	.recipe.access = O_RDWR, .recipe.seals = sealed, \
	.refusal = SEALMEM_REFUSAL_##refused

MEMORY(ro_unsealed, RO(NO_SHRINK_SEAL, 0));
MEMORY(ro_shrinks, RO(NO_SHRINK_SEAL, FROZEN_SEALS & ~F_SEAL_SHRINK));
MEMORY(ro_grows, RO(NO_GROW_SEAL, FROZEN_SEALS & ~F_SEAL_GROW));
MEMORY(ro_not_final, RO(NO_SEAL_SEAL, FROZEN_SEALS & ~F_SEAL_SEAL));
MEMORY(ro_unsafe, RO(NO_WRITE_SEAL, UNSAFE_SEALS));
MEMORY(ro_writable, RO(NO_SEAL_SEAL, SIZE_SEALS));
MEMORY(ro_executable, RO(EXECUTABLE, LIVE_SEALS), .recipe.mode = 0500);
MEMORY(ro_hole, RO(HOLE, LIVE_SEALS), .recipe.has_hole = true);
MEMORY(ro_byte_short, RO(SIZE_MISMATCH, LIVE_SEALS), .more = 1);
MEMORY(ro_pages_short, RO(SIZE_MISMATCH, LIVE_SEALS), .more = 1 << 20);
MEMORY(rw_shrinks, RW(NO_SHRINK_SEAL, F_SEAL_GROW));
MEMORY(rw_grows, RW(NO_GROW_SEAL, F_SEAL_SHRINK));
MEMORY(rw_final, RW(SEAL_SEALED, UNSAFE_SEALS));
MEMORY(rw_frozen, RW(WRITE_SEALED, SIZE_SEALS | F_SEAL_WRITE));
MEMORY(rw_live, RW(WRITE_SEALED, SIZE_SEALS | F_SEAL_FUTURE_WRITE));
MEMORY(rw_hole, RW(HOLE, SIZE_SEALS), .recipe.has_hole = true);
MEMORY(rw_byte_short, RW(SIZE_MISMATCH, SIZE_SEALS), .more = 1);
MEMORY(un_shrinks, UN(NO_SHRINK_SEAL, UNSAFE_SEALS & ~F_SEAL_SHRINK));
MEMORY(un_grows, UN(NO_GROW_SEAL, UNSAFE_SEALS & ~F_SEAL_GROW));
MEMORY(un_not_final, UN(NO_SEAL_SEAL, SIZE_SEALS));
MEMORY(un_frozen, UN(WRITE_SEALED, FROZEN_SEALS));
MEMORY(un_live, UN(WRITE_SEALED, LIVE_SEALS));
MEMORY(un_executable, UN(EXECUTABLE, UNSAFE_SEALS), .recipe.mode = 0700);
MEMORY(un_byte_short, UN(SIZE_MISMATCH, UNSAFE_SEALS), .more = 1);

FIXTURE_SETUP(memory)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(memory)
{
	peer_close(&self->peer);
}

TEST_F(memory, is_refused)
{
	struct letter *letter = &self->peer.letter;

	write_bytes(letter, variant->kind, page_size() + variant->more);
	enclose(letter, cook(&variant->recipe));
	expect_refused(&self->peer, EPROTO, variant->refusal);
}

/* Open for more than its kind says, or for less. */
TEST_F(hostile, access_mode)
{
	static const struct {
		enum sealmem_kind kind;
		unsigned int seals;
		int access;
	} wrong[] = {
		{ SEALMEM_KIND_READONLY, LIVE_SEALS, O_RDWR },
		{ SEALMEM_KIND_READONLY, LIVE_SEALS, O_WRONLY },
		{ SEALMEM_KIND_WRITABLE, SIZE_SEALS, O_RDONLY },
		{ SEALMEM_KIND_WRITABLE, SIZE_SEALS, O_WRONLY },
		{ SEALMEM_KIND_UNSAFE, UNSAFE_SEALS, O_RDONLY },
		{ SEALMEM_KIND_UNSAFE, UNSAFE_SEALS, O_WRONLY },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_bytes(&self->peer.letter, wrong[i].kind, page_size());
		enclose(&self->peer.letter, cook(&(struct recipe){
			.seals = wrong[i].seals, .access = wrong[i].access,
		}));
		expect_refused(&self->peer, EPROTO,
			       SEALMEM_REFUSAL_ACCESS_MODE);
	}
}

/* The file has a page more than is declared, and than the last page holds. */
TEST_F(hostile, memory_larger_than_declared)
{
	struct recipe recipe = {
		.seals = LIVE_SEALS, .size = 2 * (off_t)page_size(),
	};

	for (int less = 0; less < 2; less++) {
		write_bytes(&self->peer.letter, SEALMEM_KIND_READONLY,
			    page_size() - less);
		enclose(&self->peer.letter, cook(&recipe));
		expect_refused(&self->peer, EPROTO,
			       SEALMEM_REFUSAL_SIZE_MISMATCH);
	}
}

TH_MAIN
