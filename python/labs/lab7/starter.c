// Lab 7: your attack. This one is a good KServ: it touches nothing.
#include "attack.h"

const enum step missing_step = NOT_FOUND;

void before_give(u64 page) { (void)page; }
void written(u64 page) { (void)page; }
void granted(u64 page) { (void)page; }
void revoked(u64 page) { (void)page; }
void returned(u64 page) { (void)page; }
