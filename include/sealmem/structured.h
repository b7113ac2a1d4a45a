/* SPDX-License-Identifier: MIT */
/*
 * Structured regions: one C struct of a fixed layout in a read-only region,
 * written by whoever made it, read by everybody else.
 *
 * In front of the struct lies a header with the caller's magic number and
 * layout version, and the struct's size, alignment and fingerprint. A reader
 * compares all of it with what it was built for before it gets a pointer; what
 * does not fit is an error with a reason, and never ends the process.
 *
 *	struct weather { uint32_t station; float degrees[3]; };
 *
 *	const struct sealmem_field fields[] = {
 *		SEALMEM_FIELD(struct weather, station),
 *		SEALMEM_FIELD_ARRAY(struct weather, degrees),
 *	};
 *
 *	sealmem_structured_fingerprint(fields, 2, sizeof(struct weather), &id);
 *	layout = SEALMEM_STRUCTURED_LAYOUT(struct weather, 0x77746872, 1, id);
 *
 * The mappings are ordinary ones that begin at the struct: reach it with
 * SEALMEM_WRITABLE_AT(mapping, 0, struct weather) or SEALMEM_READONLY_AT().
 *
 * Not promised: that members belong together. The struct changes while it is
 * read; use SEALMEM_ATOMIC_LOAD() for single numbers and <sealmem/snapshot.h>
 * for whole values. That the content is sane: a writer that lies about the
 * layout is a writer that lies, and only the size of the memory is certain.
 */
#ifndef SEALMEM_STRUCTURED_H
#define SEALMEM_STRUCTURED_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

/* The smallest page there is: what a mapping can promise everywhere. */
#define SEALMEM_STRUCTURED_ALIGNMENT_MAX 4096

/**
 * struct sealmem_structured_layout - What writer and readers must agree on
 * @struct_size: sizeof(struct sealmem_structured_layout)
 * @size: Bytes of the struct, at least 1
 * @alignment: Of the struct: a power of two up to
 *	SEALMEM_STRUCTURED_ALIGNMENT_MAX
 * @magic: Any number that stands for the struct
 * @version: Of the layout; change it when the meaning of a member changes
 * @fingerprint: Any number that stands for the members, as from
 *	sealmem_structured_fingerprint()
 */
struct sealmem_structured_layout {
	size_t struct_size;
	size_t size;
	size_t alignment;
	uint32_t magic;
	uint32_t version;
	uint64_t fingerprint;
};

/**
 * enum sealmem_structured_mismatch - Why a region does not fit a layout
 * @SEALMEM_STRUCTURED_FITS: It does
 * @SEALMEM_STRUCTURED_TOO_SMALL: Less memory than header and struct need
 * @SEALMEM_STRUCTURED_HEADER: No such header, or of another version of sealmem
 * @SEALMEM_STRUCTURED_MAGIC: Another struct
 * @SEALMEM_STRUCTURED_VERSION: Another version of the layout
 * @SEALMEM_STRUCTURED_SIZE: Another size of the struct
 * @SEALMEM_STRUCTURED_ALIGNMENT: Another alignment of the struct
 * @SEALMEM_STRUCTURED_FINGERPRINT: Other members
 */
enum sealmem_structured_mismatch {
	SEALMEM_STRUCTURED_FITS = 0,
	SEALMEM_STRUCTURED_TOO_SMALL = 1,
	SEALMEM_STRUCTURED_HEADER = 2,
	SEALMEM_STRUCTURED_MAGIC = 3,
	SEALMEM_STRUCTURED_VERSION = 4,
	SEALMEM_STRUCTURED_SIZE = 5,
	SEALMEM_STRUCTURED_ALIGNMENT = 6,
	SEALMEM_STRUCTURED_FINGERPRINT = 7,
};

/**
 * struct sealmem_field - A member of a struct, for a fingerprint
 * @name: As it is spelled in the source
 * @offset: Bytes from the start of the struct
 * @size: Bytes of all of it
 * @unit: Bytes of one number of it
 * @number: What kind of number: 0 unsigned, 1 signed, 2 truth, 3 floating
 */
struct sealmem_field {
	const char *name;
	size_t offset;
	size_t size;
	size_t unit;
	uint32_t number;
};

/* Private. sizeof an array that nobody can have if @what is false. */
#define SEALMEM_MUST_BE_(what) sizeof(char[(what) ? 1 : -1])

/* Private. Pointers, structs and arrays cannot be cast like this. */
#define SEALMEM_NUMBER_(value)                                                 \
	((uint32_t)((__typeof__(value))-1 < (__typeof__(value))1) |            \
	 (uint32_t)((__typeof__(value))0.5 != 0) << 1)

/* Private. */
#define SEALMEM_FIELD_(type, member, number)                                   \
	{                                                                      \
#member, offsetof(type, member), sizeof(((type *)0)->member),  \
			sizeof(number), SEALMEM_NUMBER_(number)                \
	}

/*
 * One member of @type that is a number, or an array of numbers. A pointer or a
 * struct does not compile: a pointer means nothing to a reader, and of a struct
 * the members are named one by one ("stick.x").
 */
#define SEALMEM_FIELD(type, member)                                            \
	SEALMEM_FIELD_(type, member, ((type *)0)->member)
#define SEALMEM_FIELD_ARRAY(type, member)                                      \
	SEALMEM_FIELD_(type, member, ((type *)0)->member[0])

/*
 * Initializer of a struct sealmem_structured_layout for @type, which is not a
 * pointer and not an array.
 */
#define SEALMEM_STRUCTURED_LAYOUT(type, magic, version, fingerprint)           \
	{                                                                      \
		sizeof(struct sealmem_structured_layout),                      \
			sizeof(type) *                                         \
				SEALMEM_MUST_BE_(__builtin_classify_type(      \
							 *(type *)0) != 5),    \
			__alignof__(type), (magic), (version), (fingerprint)   \
	}

/*
 * Private. A reader may not write: the load of a number as wide as a register,
 * or less, is one instruction that does not, on every machine.
 */
#define SEALMEM_LOCK_FREE_(pointer) (sizeof(*(pointer)) <= sizeof(void *))

/*
 * A number that one side stores while the other loads it. Who sees the value
 * sees what was stored before it. Wider than a register does not compile.
 */
#define SEALMEM_ATOMIC_LOAD(pointer)                                           \
	((void)SEALMEM_MUST_BE_(SEALMEM_LOCK_FREE_(pointer)),                  \
	 __atomic_load_n((pointer), __ATOMIC_ACQUIRE))
#define SEALMEM_ATOMIC_STORE(pointer, value)                                   \
	((void)SEALMEM_MUST_BE_(SEALMEM_LOCK_FREE_(pointer)),                  \
	 __atomic_store_n((pointer), (value), __ATOMIC_RELEASE))

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_structured_fingerprint() - A number that changes with the members
 * @fields: Every member, in their order
 * @count: How many
 * @size: sizeof the struct
 * @ret_fingerprint: Receives the number
 *
 * Sees names, order, offsets, sizes, and what kind of number each is. The
 * members must fill the struct without a gap: a forgotten one is noticed, and
 * there is no padding to carry what happened to lie on the writer's stack.
 *
 * Does not see what a number means, in which unit it is, or a type that was
 * replaced by another of the same size and kind: that is what the version is
 * for. Two layouts have the same number by chance once in 2^64; somebody who
 * wants that finds such a pair easily.
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EINVAL (no member, one without a name, or they do not fill
 * the struct in their order: padding, a union).
 */
SEALMEM_FALLIBLE int
sealmem_structured_fingerprint(const struct sealmem_field *fields, size_t count,
			       size_t size, uint64_t *ret_fingerprint);

/**
 * sealmem_structured_create() - New struct that only this mapping writes
 * @layout: Layout
 * @initial: Struct to start with, of @layout->size bytes; NULL for zeros
 * @options: How to create the region, or NULL
 * @ret_region: Receives the live region, to be handed out
 * @ret_mapping: Receives the only writable mapping, which begins at the struct
 *
 * Readers find the initial value, never less.
 *
 * Context: As sealmem_writable_region_create().
 * Kernel: F_SEAL_FUTURE_WRITE (5.1); without it -EOPNOTSUPP. Needs procfs.
 * Return: 0, or -EINVAL (@layout is out of range), or as
 * sealmem_readonly_region_create().
 */
SEALMEM_FALLIBLE int
sealmem_structured_create(const struct sealmem_structured_layout *layout,
			  const void *initial,
			  const struct sealmem_options *options,
			  struct sealmem_readonly_region *ret_region,
			  struct sealmem_writable_mapping *ret_mapping);

/**
 * sealmem_structured_attach() - Map a struct for reading, if it is that struct
 * @region: Region; may be closed afterwards
 * @layout: What this reader was built for
 * @ret_mapping: Receives the mapping, which begins at the struct
 * @mismatch: Set to why the region does not fit, also on failure; or NULL
 *
 * The header is copied and then compared, once. A writer can change it later,
 * which changes nothing for who is attached: sizes are the reader's own.
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (@layout is out of range), -EPROTO
 * (see @mismatch), or as sealmem_readonly_region_map_at().
 */
SEALMEM_FALLIBLE int
sealmem_structured_attach(const struct sealmem_readonly_region *region,
			  const struct sealmem_structured_layout *layout,
			  struct sealmem_readonly_mapping *ret_mapping,
			  enum sealmem_structured_mismatch *mismatch);

/**
 * sealmem_structured_mismatch_text() - A mismatch in words
 * @mismatch: Of enum sealmem_structured_mismatch
 *
 * Context: Any thread; async-signal-safe.
 * Return: A few words, static.
 */
SEALMEM_API const char *sealmem_structured_mismatch_text(uint32_t mismatch);

#ifdef __cplusplus
}
#endif

#endif
