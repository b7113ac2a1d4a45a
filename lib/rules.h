/* SPDX-License-Identifier: MIT */
/*
 * The rules of kinds, seals and arrival: pure, total, no system call. This
 * table is the only one; region.c seals by it and import.c checks by it.
 *
 *   kind, level            required seals            forbidden    descriptor
 *   writable               SHRINK GROW               SEAL WRITE   read-write
 *                                                    FUTURE_WRITE
 *   unsafe                 SHRINK GROW SEAL          WRITE        read-write
 *                                                    FUTURE_WRITE
 *   readonly, live         SHRINK GROW SEAL                       read-only
 *                          FUTURE_WRITE
 *   readonly, frozen       SHRINK GROW SEAL WRITE                 read-only
 *   readonly, descriptor   SHRINK GROW SEAL                       read-only
 *   any kind, file         none                      as its kind  as its kind
 *
 * Seals that are neither required nor forbidden are accepted: a seal can only
 * take a right away.
 */
#ifndef LIB_RULES_H
#define LIB_RULES_H

#include <sealmem/descriptor.h>
#include <sealmem/region.h>

#include "sealing/sealing.h"

/* Seals that a region of this kind and level must have, unless it is a file. */
unsigned int rules_required_seals(enum sealmem_kind kind,
				  enum sealmem_level level);

/* Seals that one of this kind must not have. */
unsigned int rules_forbidden_seals(enum sealmem_kind kind);

/* The level that seals give a read-only region. */
enum sealmem_level rules_level(unsigned int seals);

/* The strictest size limit that applies; flags of enum sealmem_policy_flags. */
enum sealmem_refusal rules_check_declared(enum sealmem_kind kind,
					  const struct sealmem_descriptor *d,
					  const struct sealmem_policy *policy,
					  size_t page);
enum sealmem_refusal rules_check_seals(enum sealmem_kind kind,
				       unsigned int seals, uint32_t flags);
enum sealmem_refusal rules_check_file(const struct sealing_file *file,
				      unsigned int seals, uint64_t size,
				      size_t page, uint32_t flags);
enum sealmem_refusal rules_check_access(enum sealmem_kind kind,
					enum sealing_access access);
enum sealmem_refusal rules_check_hole(uint64_t first_hole, uint64_t file_size,
				      uint32_t flags);

/*
 * 0 for no refusal; -EBADMSG for what is declared, -EPROTO for what it is,
 * -EACCES for what only the receiver's own judge has against it.
 */
int rules_error(enum sealmem_refusal refusal);

#endif
