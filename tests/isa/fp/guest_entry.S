// void fp_run(FpState* state, const void* code): loads the state, runs the code, stores the state.
// V0..V3 are caller-saved; X19 holds the state across the instruction.
	.text
	.global fp_run
	.type fp_run, %function
fp_run:
	stp	x29, x30, [sp, #-32]!
	str	x19, [sp, #16]
	mov	x19, x0
	mov	x16, x1
	ldp	q0, q1, [x19, #0]
	ldp	q2, q3, [x19, #32]
	ldp	w4, w5, [x19, #96]
	msr	nzcv, x4
	msr	fpcr, x5
	ldr	w4, [x19, #104]
	msr	fpsr, x4
	ldp	x0, x1, [x19, #64]
	ldp	x2, x3, [x19, #80]
	blr	x16
	stp	q0, q1, [x19, #0]
	stp	q2, q3, [x19, #32]
	stp	x0, x1, [x19, #64]
	stp	x2, x3, [x19, #80]
	mrs	x4, nzcv
	mrs	x5, fpcr
	stp	w4, w5, [x19, #96]
	mrs	x4, fpsr
	str	w4, [x19, #104]
	msr	fpcr, xzr
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size fp_run, . - fp_run
	.section .note.GNU-stack, "", %progbits
