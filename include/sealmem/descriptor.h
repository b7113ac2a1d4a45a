/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: what crosses a process boundary, and what is checked when it
 * arrives. Export turns a region into kind, size, token and one file
 * descriptor; import turns those into a region again, or says why not.
 *
 * Nothing that a peer fills in, and no descriptor that it passes, can abort or
 * crash the importer, or stall it by what it is. What import does not accept it
 * closes.
 *
 * Not promised: that a peer does not keep the memory that it passes busy. One
 * that has a FUSE file system, or may handle the kernel's page faults
 * (userfaultfd), can hold the locks that a look for holes takes, and so make
 * import wait for as long as it likes, unless SEALMEM_POLICY_NOWAIT says not to
 * look; and, of memory that it may write, those that conversion takes.
 */
#ifndef SEALMEM_DESCRIPTOR_H
#define SEALMEM_DESCRIPTOR_H

#include <sealmem/base.h>
#include <sealmem/region.h>
#include <sealmem/token.h>

/* Longest label of a region on its way, without the terminating zero. */
#define SEALMEM_LABEL_MAX 31

/**
 * enum sealmem_refusal - Why a descriptor or a message was not accepted
 * @SEALMEM_REFUSAL_NONE: It was accepted
 * @SEALMEM_REFUSAL_SYSTEM: A system call failed; its errno is the result
 * @SEALMEM_REFUSAL_KIND: Another kind than was asked for, or no kind at all
 * @SEALMEM_REFUSAL_TOKEN: The token is empty
 * @SEALMEM_REFUSAL_SIZE_ZERO: The declared size is 0
 * @SEALMEM_REFUSAL_SIZE_LIMIT: The declared size is above the policy's limit
 * @SEALMEM_REFUSAL_PATH_ONLY: The descriptor is closed, or O_PATH
 * @SEALMEM_REFUSAL_NOT_SEALABLE: Not a memfd: it cannot carry seals
 * @SEALMEM_REFUSAL_NO_SHRINK_SEAL: A peer could make it smaller: SIGBUS
 * @SEALMEM_REFUSAL_NO_GROW_SEAL: A peer could make it larger
 * @SEALMEM_REFUSAL_NO_SEAL_SEAL: A peer could add seals
 * @SEALMEM_REFUSAL_NO_WRITE_SEAL: Read-only by its word alone
 * @SEALMEM_REFUSAL_WRITE_SEALED: Writable by its word alone
 * @SEALMEM_REFUSAL_SEAL_SEALED: A writable region that can become nothing else
 * @SEALMEM_REFUSAL_NOT_SHMEM: Not ordinary memory: huge pages, say
 * @SEALMEM_REFUSAL_EXECUTABLE: The file mode has an x bit; such a file can
 *	carry forged seals on some kernels
 * @SEALMEM_REFUSAL_SIZE_MISMATCH: The file is not as long as declared
 * @SEALMEM_REFUSAL_ACCESS_MODE: Open for more or for less than its kind says
 * @SEALMEM_REFUSAL_HOLE: Not all of its memory is there: SIGBUS or the OOM
 *	killer could strike whoever reads it
 * @SEALMEM_REFUSAL_MESSAGE_SIZE: A message shorter or longer than a message is
 * @SEALMEM_REFUSAL_MESSAGE_MAGIC: A message of something else
 * @SEALMEM_REFUSAL_MESSAGE_VERSION: A message of another version
 * @SEALMEM_REFUSAL_MESSAGE_LABEL: A message whose label is not printable ASCII,
 *	has no end, or has something behind its end
 * @SEALMEM_REFUSAL_DESCRIPTOR_COUNT: Not exactly one descriptor came with it
 * @SEALMEM_REFUSAL_CONTROL: A message with control data other than descriptors
 * @SEALMEM_REFUSAL_TOKEN_REPLAYED: Its token was delivered before with other
 *	memory, or is a writable region's whose sender kept a copy, or just was
 *	delivered before, with SEALMEM_POLICY_ONCE
 * @SEALMEM_REFUSAL_JUDGED: The policy's judge said no
 * @SEALMEM_REFUSAL_GENERATION: Not newer than what a publisher sent before
 * @SEALMEM_REFUSAL_TEXT_FIELDS: A text (see inherit.h) that is too long, or of
 *	other than five fields
 * @SEALMEM_REFUSAL_TEXT_DESCRIPTOR: A text whose descriptor is no number from 3
 *	on, in its only form
 * @SEALMEM_REFUSAL_TEXT_METHOD: A text with another method than to inherit
 * @SEALMEM_REFUSAL_TEXT_TOKEN: A text whose token is not two numbers
 * @SEALMEM_REFUSAL_TEXT_SIZE: A text whose size is no number
 * @SEALMEM_REFUSAL_NOT_INHERITED: No descriptor of that number came through exec
 * @SEALMEM_REFUSAL_REQUEST: It asks a broker for what makes no sense
 */
enum sealmem_refusal {
	SEALMEM_REFUSAL_NONE = 0,
	SEALMEM_REFUSAL_SYSTEM,
	SEALMEM_REFUSAL_KIND,
	SEALMEM_REFUSAL_TOKEN,
	SEALMEM_REFUSAL_SIZE_ZERO,
	SEALMEM_REFUSAL_SIZE_LIMIT,
	SEALMEM_REFUSAL_PATH_ONLY,
	SEALMEM_REFUSAL_NOT_SEALABLE,
	SEALMEM_REFUSAL_NO_SHRINK_SEAL,
	SEALMEM_REFUSAL_NO_GROW_SEAL,
	SEALMEM_REFUSAL_NO_SEAL_SEAL,
	SEALMEM_REFUSAL_NO_WRITE_SEAL,
	SEALMEM_REFUSAL_WRITE_SEALED,
	SEALMEM_REFUSAL_SEAL_SEALED,
	SEALMEM_REFUSAL_NOT_SHMEM,
	SEALMEM_REFUSAL_EXECUTABLE,
	SEALMEM_REFUSAL_SIZE_MISMATCH,
	SEALMEM_REFUSAL_ACCESS_MODE,
	SEALMEM_REFUSAL_HOLE,
	SEALMEM_REFUSAL_MESSAGE_SIZE,
	SEALMEM_REFUSAL_MESSAGE_MAGIC,
	SEALMEM_REFUSAL_MESSAGE_VERSION,
	SEALMEM_REFUSAL_MESSAGE_LABEL,
	SEALMEM_REFUSAL_DESCRIPTOR_COUNT,
	SEALMEM_REFUSAL_CONTROL,
	SEALMEM_REFUSAL_TOKEN_REPLAYED,
	SEALMEM_REFUSAL_JUDGED,
	SEALMEM_REFUSAL_GENERATION,
	SEALMEM_REFUSAL_TEXT_FIELDS,
	SEALMEM_REFUSAL_TEXT_DESCRIPTOR,
	SEALMEM_REFUSAL_TEXT_METHOD,
	SEALMEM_REFUSAL_TEXT_TOKEN,
	SEALMEM_REFUSAL_TEXT_SIZE,
	SEALMEM_REFUSAL_NOT_INHERITED,
	SEALMEM_REFUSAL_REQUEST,
};

/**
 * enum sealmem_policy_flags - Members of sealmem_policy.flags
 * @SEALMEM_POLICY_LARGE: Allow more than SEALMEM_SIZE_MAX bytes
 * @SEALMEM_POLICY_HOLES: Allow memory that is not all there yet. Mappings of a
 *	read-only region then fill it, which may fail and is charged to this
 *	process
 * @SEALMEM_POLICY_UPSTREAM: Also allow what Chromium makes with memfd_create:
 *	no write seal (the level is then SEALMEM_LEVEL_DESCRIPTOR), SEAL on
 *	a writable region (which then converts to that level), holes, x bits of
 *	kernels before 6.3, and a file of exactly the declared size. The
 *	temporary files that it makes without memfd_create stay refused, since
 *	nothing keeps them from shrinking; SEALMEM_POLICY_UNSEALED beside this
 *	accepts those in /dev/shm, and nothing accepts those in /tmp on a disk
 * @SEALMEM_POLICY_ONCE: Refuse a token that came through this channel before,
 *	as far as it remembers; see sealmem_channel_receive(). Import from a
 *	descriptor remembers nothing: -EINVAL there
 * @SEALMEM_POLICY_UNSEALED: Also allow memory on tmpfs whose size is not
 *	sealed, as SEALMEM_CREATE_DESCRIPTOR_LEVEL may give. A read-only region
 *	of it has SEALMEM_LEVEL_FILE. It is as large as declared when it
 *	arrives; afterwards whoever has the descriptor and may open it again
 *	can write to it and shrink it, and reading it then raises SIGBUS. For
 *	peers that are trusted not to
 * @SEALMEM_POLICY_NOWAIT: Ask nothing that a hostile peer can keep the kernel
 *	from answering: not whether there are holes. Mappings of a read-only
 *	region then fill it, as with SEALMEM_POLICY_HOLES, whether or not there
 *	are any, which takes Linux 5.14 and more time the larger it is; of other
 *	kinds nothing is known
 */
enum sealmem_policy_flags {
	SEALMEM_POLICY_LARGE = 1 << 0,
	SEALMEM_POLICY_HOLES = 1 << 1,
	SEALMEM_POLICY_UPSTREAM = 1 << 2,
	SEALMEM_POLICY_ONCE = 1 << 3,
	SEALMEM_POLICY_UNSEALED = 1 << 4,
	SEALMEM_POLICY_NOWAIT = 1 << 5,
};

/**
 * struct sealmem_peer - Who made the other end of a connection
 * @pid: Process, as numbered here; 0 if it cannot be seen from here. It may be
 *	gone by now, and its number another process's:
 *	sealmem_channel_peer_pidfd() is safe from that
 * @uid: Effective user
 * @gid: Effective group
 *
 * As of the moment when the connection was made (SO_PEERCRED): the process that
 * called connect, for who accepted it; the one that called listen, for who
 * connected; the creator, at both ends of a pair. Whoever holds the other end
 * now may be somebody else, whom that process gave it to.
 */
struct sealmem_peer {
	int32_t pid;
	uint32_t uid;
	uint32_t gid;
};

/**
 * struct sealmem_arrival - A region that has passed every check but the judge's
 * @kind: Of enum sealmem_kind
 * @size: Bytes
 * @token: Identity
 * @label: What the sender calls it: 0 to SEALMEM_LABEL_MAX printable characters
 *	and a zero. A claim, which nothing proves
 * @generation: Number that a publisher gave it; 0 is none. A claim, too
 * @peer: Who made the other end of the channel; NULL if it did not come
 *	through one, but was imported from a descriptor
 */
struct sealmem_arrival {
	enum sealmem_kind kind;
	uint64_t size;
	struct sealmem_token token;
	const char *label;
	uint64_t generation;
	const struct sealmem_peer *peer;
};

/**
 * typedef sealmem_judge - The receiver's own rule
 * @arrival: What arrived; no pointer in it is good after the return
 * @data: The policy's judge_data
 *
 * Asked last, when nothing else is wrong. It must not use the channel.
 *
 * Context: The thread that receives.
 * Return: True to accept, false to refuse with SEALMEM_REFUSAL_JUDGED.
 */
typedef bool sealmem_judge(const struct sealmem_arrival *arrival, void *data);

/**
 * struct sealmem_policy - What to accept
 * @struct_size: sizeof(struct sealmem_policy)
 * @flags: Of enum sealmem_policy_flags
 * @reserved: 0
 * @size_max: Largest declared size to accept, in bytes; 0 leaves it at
 *	SEALMEM_SIZE_MAX, or at what can be mapped with SEALMEM_POLICY_LARGE
 * @budget: What mappings of the region, and of its copies, are charged to
 *	beside the process's budget; NULL is nothing. The region keeps it
 * @judge: The receiver's own rule; NULL accepts what passed all others
 * @judge_data: What @judge gets as its data
 *
 * NULL instead of a pointer to it means the strict default.
 */
struct sealmem_policy {
	size_t struct_size;
	uint32_t flags;
	uint32_t reserved;
	uint64_t size_max;
	struct sealmem_budget *budget;
	sealmem_judge *judge;
	void *judge_data;
};

/**
 * struct sealmem_descriptor - A region on its way
 * @kind: Of enum sealmem_kind; SEALMEM_KIND_NONE owns no descriptor
 * @refusal: Of enum sealmem_refusal: why the last import said no
 * @size: Bytes, as at creation
 * @token: Identity
 * @fd: Descriptor, owned unless @kind is SEALMEM_KIND_NONE
 */
struct sealmem_descriptor {
	uint32_t kind;
	uint32_t refusal;
	uint64_t size;
	struct sealmem_token token;
	int fd;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_readonly_region_export() - Turn a region into its parts
 * @take_region: Region; empty on success. To keep one, export a dup
 * @ret_descriptor: Receives the parts; whoever gets them owns the descriptor
 *
 * Context: The thread that owns @take_region.
 * Return: 0, or -EBADF (empty).
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_export(struct sealmem_readonly_region *take_region,
			       struct sealmem_descriptor *ret_descriptor);

/**
 * sealmem_writable_region_export() - Turn a region into its parts
 * @take_region: Region; empty on success
 * @ret_descriptor: Receives the parts; whoever gets them owns the descriptor
 *
 * Context: The thread that owns @take_region.
 * Return: 0, or -EBADF (empty).
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_export(struct sealmem_writable_region *take_region,
			       struct sealmem_descriptor *ret_descriptor);

/**
 * sealmem_unsafe_region_export() - Turn a region into its parts
 * @take_region: Region; empty on success. To keep one, export a dup
 * @ret_descriptor: Receives the parts; whoever gets them owns the descriptor
 *
 * Context: The thread that owns @take_region.
 * Return: 0, or -EBADF (empty).
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_export(struct sealmem_unsafe_region *take_region,
			     struct sealmem_descriptor *ret_descriptor);

/**
 * sealmem_readonly_region_import() - Check parts and make a region of them
 * @descriptor: Parts; emptied whatever the result, its descriptor moved into
 *	the region or closed, and its refusal set
 * @policy: What to accept, or NULL
 * @ret_region: Receives the region
 *
 * Accepts only memory that nobody can open for writing, whose size is final
 * and which is all there: reading it cannot raise SIGBUS. What @policy accepts
 * beyond that shows in the region's level.
 *
 * Context: The thread that owns @descriptor. A descriptor that can carry no
 * seals might block whoever closes it, so a child process closes it: as a rule
 * before this returns, and after 50 ms at the latest this no longer waits.
 * Return: 0, or -EBADF (@descriptor is empty), -EINVAL (@policy), -EBADMSG (the
 * declared kind, size or token), -EPROTO (the descriptor itself), -EACCES (the
 * policy's judge), and with SEALMEM_REFUSAL_SYSTEM what fstat, fstatfs or lseek said.
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_import(struct sealmem_descriptor *descriptor,
			       const struct sealmem_policy *policy,
			       struct sealmem_readonly_region *ret_region);

/**
 * sealmem_writable_region_import() - Check parts and make a region of them
 * @descriptor: Parts; emptied whatever the result, its descriptor moved into
 *	the region or closed, and its refusal set
 * @policy: What to accept, or NULL
 * @ret_region: Receives the region
 *
 * That the sender has kept no second descriptor and no mapping is its word,
 * which nothing can check; freezing the region afterwards does.
 *
 * Context: As sealmem_readonly_region_import().
 * Return: As sealmem_readonly_region_import().
 */
SEALMEM_FALLIBLE int
sealmem_writable_region_import(struct sealmem_descriptor *descriptor,
			       const struct sealmem_policy *policy,
			       struct sealmem_writable_region *ret_region);

/**
 * sealmem_unsafe_region_import() - Check parts and make a region of them
 * @descriptor: Parts; emptied whatever the result, its descriptor moved into
 *	the region or closed, and its refusal set
 * @policy: What to accept, or NULL
 * @ret_region: Receives the region
 *
 * Every holder can punch holes into it later, and where memory then runs out
 * (cgroup limit, vm.overcommit_memory=2) reading it can raise SIGBUS.
 *
 * Context: As sealmem_readonly_region_import().
 * Return: As sealmem_readonly_region_import().
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_import(struct sealmem_descriptor *descriptor,
			     const struct sealmem_policy *policy,
			     struct sealmem_unsafe_region *ret_region);

/**
 * sealmem_descriptor_close() - Drop parts that nobody imports
 * @descriptor: Parts; empty afterwards. Empty ones are accepted
 *
 * For descriptors that this process made itself. A peer's goes through import.
 *
 * Context: The thread that owns @descriptor.
 */
SEALMEM_API void
sealmem_descriptor_close(struct sealmem_descriptor *descriptor);

/**
 * sealmem_refusal_text() - A refusal in words
 * @refusal: Of enum sealmem_refusal
 *
 * Context: Any thread; async-signal-safe.
 * Return: A sentence for people, static, without a full stop; never NULL.
 */
SEALMEM_API const char *sealmem_refusal_text(uint32_t refusal);

#ifdef __cplusplus
}
#endif

#endif
