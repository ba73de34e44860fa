// For assembly: x4..x29, and all SIMD registers, two at a time, stored or loaded at the place that they have
// in an array of x0..x30, or of q0..q31.
        .macro  x4_to_x29 store_or_load, array
        \store_or_load x4, x5, [\array, #32]
        \store_or_load x6, x7, [\array, #48]
        \store_or_load x8, x9, [\array, #64]
        \store_or_load x10, x11, [\array, #80]
        \store_or_load x12, x13, [\array, #96]
        \store_or_load x14, x15, [\array, #112]
        \store_or_load x16, x17, [\array, #128]
        \store_or_load x18, x19, [\array, #144]
        \store_or_load x20, x21, [\array, #160]
        \store_or_load x22, x23, [\array, #176]
        \store_or_load x24, x25, [\array, #192]
        \store_or_load x26, x27, [\array, #208]
        \store_or_load x28, x29, [\array, #224]
        .endm

        .macro  q0_to_q31 store_or_load, array
        \store_or_load q0, q1, [\array, #0]
        \store_or_load q2, q3, [\array, #32]
        \store_or_load q4, q5, [\array, #64]
        \store_or_load q6, q7, [\array, #96]
        \store_or_load q8, q9, [\array, #128]
        \store_or_load q10, q11, [\array, #160]
        \store_or_load q12, q13, [\array, #192]
        \store_or_load q14, q15, [\array, #224]
        \store_or_load q16, q17, [\array, #256]
        \store_or_load q18, q19, [\array, #288]
        \store_or_load q20, q21, [\array, #320]
        \store_or_load q22, q23, [\array, #352]
        \store_or_load q24, q25, [\array, #384]
        \store_or_load q26, q27, [\array, #416]
        \store_or_load q28, q29, [\array, #448]
        \store_or_load q30, q31, [\array, #480]
        .endm
