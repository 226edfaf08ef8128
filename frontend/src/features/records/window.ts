export * from "../../components/window";
