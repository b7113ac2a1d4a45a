/* SPDX-License-Identifier: MIT */
/*
 * The text that describes an inherited region. Pure: no descriptor is touched,
 * and every text that is accepted is the only one that says what it says.
 */
#ifndef LIB_INHERIT_TEXT_H
#define LIB_INHERIT_TEXT_H

#include <sealmem/inherit.h>

/* Of @descriptor fd, which is not negative, token and size. */
void inherit_text_format(const struct sealmem_descriptor *descriptor,
			 char ret_text[SEALMEM_INHERIT_TEXT_SIZE]);

/*
 * Fills fd, token and size of @ret_descriptor if nothing is refused. Whether
 * token and size make sense is not asked here.
 */
enum sealmem_refusal
inherit_text_parse(const char *text, struct sealmem_descriptor *ret_descriptor);

#endif
