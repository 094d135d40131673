hw/rtl/npu_array.sv
hw/rtl/npu_delay.sv
hw/rtl/npu_matmul_seq.sv
hw/rtl/npu_mesh.sv
hw/rtl/npu_pe.sv
hw/rtl/npu_rescale.sv
